import { S3Error } from "../errors/s3-error.ts";
import type { OperationRequest } from "./operation.ts";

/** Throws `InvalidRequest` on a bucket whose versions cannot be locked. */
export function requireObjectLock({ bucketInfo }: OperationRequest): void {
  if (bucketInfo?.hasObjectLock === true) return;
  throw new S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration");
}

export function noSuchLock(): S3Error {
  return new S3Error("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration");
}
