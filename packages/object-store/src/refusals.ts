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

export function ownerQuotaExceeded(name: string): StoreError {
  return new StoreError("QuotaExceeded", "The write would exceed the quota of the bucket's owner", {
    details: { BucketName: name },
  });
}

export function objectLocked({ key }: Pick<ObjectAddress, "key">): StoreError {
  return new StoreError("ObjectLocked", "The version is protected by object lock", { details: { Key: key } });
}

export function lockNeedsVersioning(name: string): StoreError {
  return invalidBucketState(name, "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
}

export function versioningIsLocked(name: string): StoreError {
  return invalidBucketState(
    name,
    "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
  );
}

/** Renaming and appending change what is there; where there are versions, nothing does. */
export function needsNoVersions(name: string): StoreError {
  return invalidBucketState(
    name,
    "The bucket has, or had, versioning: its objects can be neither renamed nor appended to",
  );
}

export function invalidWriteOffset({ key }: Pick<ObjectAddress, "key">): StoreError {
  return new StoreError(
    "InvalidWriteOffset",
    "The write offset value that you specified does not match the current object size.",
    { details: { Key: key } },
  );
}

export function tooManyParts({ key }: Pick<ObjectAddress, "key">): StoreError {
  return new StoreError(
    "TooManyParts",
    "The object has 10,000 parts already, and nothing more can be appended to it: a copy of it starts again with one.",
    { details: { Key: key } },
  );
}

function invalidBucketState(name: string, message: string): StoreError {
  return new StoreError("InvalidBucketState", message, { details: { BucketName: name } });
}

export function encryptedAppend({ key }: Pick<ObjectAddress, "key">): StoreError {
  return new StoreError(
    "AppendToEncrypted",
    "Nothing can be appended to an encrypted object, and nothing encrypted to any other",
    { details: { Key: key } },
  );
}
