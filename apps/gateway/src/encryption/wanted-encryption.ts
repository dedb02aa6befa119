import type { ObjectEncryption } from "@stave/object-store";
import { parseServerSideEncryptionConfiguration } from "@stave/s3-xml";
import type { BucketConfigurations } from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import { readAskedEncryption } from "../headers/encryption-headers.ts";
import type { OperationContext, OperationRequest } from "../operations/operation.ts";
import { encryptForCustomer, encryptManaged } from "./object-key.ts";

/**
 * How a new object is to be encrypted: as its request says, else as its bucket does; undefined: not at all. Nothing is waited
 * for when neither says anything.
 *
 * Throws what {@link readAskedEncryption} throws, and `AccessDenied` for a kind that the bucket blocks.
 */
export function wantedEncryption(
  { masterKeys }: Pick<OperationContext, "masterKeys">,
  { headers, bucketInfo, configurations }: OperationRequest,
): ObjectEncryption | undefined | Promise<ObjectEncryption | undefined> {
  const asked = readAskedEncryption(headers);
  if (asked === undefined && (bucketInfo?.configurationRevision ?? 0) === 0) return undefined;
  const decide = (configured: BucketConfigurations): ObjectEncryption | undefined => {
    const { customer } = asked ?? {};
    if (customer !== undefined) {
      refuseBlocked(configured);
      return encryptForCustomer(customer);
    }
    return asked !== undefined || isEncrypting(configured) ? encryptManaged(masterKeys) : undefined;
  };
  const configured = configurations();
  return configured instanceof Promise ? configured.then(decide) : decide(configured);
}

function isEncrypting(configured: BucketConfigurations): boolean {
  return defaultRule(configured)?.sseAlgorithm === "AES256";
}

function refuseBlocked(configured: BucketConfigurations): void {
  if (!defaultRule(configured)?.blockedEncryptionTypes?.includes("SSE-C")) return;
  throw new S3Error("AccessDenied", "The bucket does not take objects that are encrypted with customer-provided keys.");
}

function defaultRule(configured: BucketConfigurations) {
  return configured.parsed("encryption", parseServerSideEncryptionConfiguration)?.rules[0];
}
