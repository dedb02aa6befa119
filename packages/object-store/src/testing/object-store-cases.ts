import { appendCases } from "./append-cases.ts";
import { attributeCases } from "./attribute-cases.ts";
import { bodyCases } from "./body-cases.ts";
import { bucketCases } from "./bucket-cases.ts";
import type { ObjectStoreCase } from "./case-tools.ts";
import { conditionCases } from "./condition-cases.ts";
import { configurationCases } from "./configuration-cases.ts";
import { copyCases } from "./copy-cases.ts";
import { encryptionCases } from "./encryption-cases.ts";
import { guardedDeleteCases } from "./guarded-delete-cases.ts";
import { keyCases } from "./key-cases.ts";
import { listingCases } from "./listing-cases.ts";
import { messageCases } from "./message-cases.ts";
import { multipartCases } from "./multipart-cases.ts";
import { objectCases } from "./object-cases.ts";
import { quotaCases } from "./quota-cases.ts";
import { renameCases } from "./rename-cases.ts";
import { uploadListingCases } from "./upload-listing-cases.ts";
import { usageCases } from "./usage-cases.ts";
import { versionListingCases } from "./version-listing-cases.ts";
import { versioningCases } from "./versioning-cases.ts";

export type { ObjectStoreCase };

/**
 * What every store must do, one rule a case, free of any test framework: `run` rejects when the rule is broken. Give each
 * case an empty store, and close it afterwards.
 *
 * @example
 * for (const { title, run } of objectStoreCases) {
 *   test(title, async () => {
 *     const store = createMyStore();
 *     await run(store);
 *     await store.close();
 *   });
 * }
 */
export const objectStoreCases: readonly ObjectStoreCase[] = [
  ...bucketCases,
  ...objectCases,
  ...bodyCases,
  ...keyCases,
  ...conditionCases,
  ...guardedDeleteCases,
  ...copyCases,
  ...versioningCases,
  ...listingCases,
  ...versionListingCases,
  ...multipartCases,
  ...uploadListingCases,
  ...usageCases,
  ...configurationCases,
  ...quotaCases,
  ...attributeCases,
  ...messageCases,
  ...encryptionCases,
  ...renameCases,
  ...appendCases,
];
