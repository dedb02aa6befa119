import type { Address } from "./ledger.ts";

/** What a read has brought. */
export type Observation =
  | { readonly kind: "absent" }
  | { readonly kind: "object"; readonly body: Buffer; readonly etag: string }
  /** It is there or not, but it cannot be read: an error of the server, an answer cut short. */
  | { readonly kind: "failed"; readonly reason: string };

export type ListedObject = { readonly key: string; readonly sizeBytes: number; readonly etag: string };

export type ListedVersion = ListedObject & {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
};

/** How the judge looks at a store after a cut. A listing that cannot be had throws. */
export interface StateReader {
  list(bucket: string): Promise<readonly ListedObject[]>;
  read(address: Address): Promise<Observation>;
  listVersions(bucket: string): Promise<readonly ListedVersion[]>;
  readVersion(address: Address, versionId: string): Promise<Observation>;
}
