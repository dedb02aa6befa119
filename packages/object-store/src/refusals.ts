import type { ObjectAddress, UploadAddress } from "./object-store.ts";
import { StoreError } from "./store-error.ts";

export function noSuchBucket(name: string): StoreError {
  return new StoreError("NoSuchBucket", "The bucket does not exist", { details: { BucketName: name } });
}

export function noSuchUpload({ uploadId }: UploadAddress): StoreError {
  return new StoreError("NoSuchUpload", "The upload does not exist: it was never started, was completed or aborted", {
    details: { UploadId: uploadId },
  });
}

export function noSuchKey({ key }: Pick<ObjectAddress, "key">): StoreError {
  return new StoreError("NoSuchKey", "The key has no current object", { details: { Key: key } });
}

/** The header that a condition comes in. */
type Condition = "If-Match" | "If-None-Match" | "x-amz-if-match-last-modified-time" | "x-amz-if-match-size";

export function preconditionFailed(condition: Condition): StoreError {
  return new StoreError("PreconditionFailed", `The current object does not meet ${condition}`, {
    details: { Condition: condition },
  });
}

export function versionChanged({ key, versionId }: { readonly key: string; readonly versionId: string }): StoreError {
  return new StoreError("PreconditionFailed", "The version is not as it was when it was read", {
    details: { Key: key, VersionId: versionId },
  });
}

export function bucketExists(
  existing: { readonly name: string; readonly ownerId: string },
  ownerId: string,
): StoreError {
  const code = existing.ownerId === ownerId ? "BucketAlreadyOwnedByYou" : "BucketAlreadyExists";
  return new StoreError(code, "The bucket name is taken", { details: { BucketName: existing.name } });
}

export function bucketNotEmpty(name: string): StoreError {
  return new StoreError("BucketNotEmpty", "The bucket still holds versions or delete markers", {
    details: { BucketName: name },
  });
}

export function quotaExceeded(name: string): StoreError {
  return new StoreError("QuotaExceeded", "The write would exceed the quota of the bucket", {
    details: { BucketName: name },
  });
}

export function objectLocked({ key }: Pick<ObjectAddress, "key">): StoreError {
  return new StoreError("ObjectLocked", "The version is protected by object lock", { details: { Key: key } });
}

export function lockNeedsVersioning(name: string): StoreError {
  return new StoreError("InvalidBucketState", "Versioning must be enabled for object lock", {
    details: { BucketName: name },
  });
}
