/** Codes are S3's own where S3 has a word, so that a server can answer with them as they are. */
export type StoreErrorCode =
  | "AppendToEncrypted"
  | "BadDigest"
  | "BucketAlreadyExists"
  | "BucketAlreadyOwnedByYou"
  | "BucketNotEmpty"
  | "DataDirectoryInUse"
  | "DataDirectoryUnusable"
  | "EntityTooSmall"
  | "InsufficientStorage"
  | "InternalError"
  | "InvalidBucketState"
  | "InvalidPart"
  | "InvalidPartOrder"
  | "InvalidWriteOffset"
  | "NoSuchBucket"
  | "NoSuchKey"
  | "NoSuchUpload"
  | "ObjectDamaged"
  | "ObjectLocked"
  | "PreconditionFailed"
  | "QuotaExceeded"
  | "TooManyParts"
  | "UnsupportedFormat";

/** The store refused, or could not do, what was asked. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** Facts about this failure by S3's element names (`PartNumber`, `Condition`), for the caller to show. */
  readonly details: Readonly<Record<string, string>>;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions & { details?: Record<string, string> }) {
    super(message, options);
    this.code = code;
    this.details = options?.details ?? {};
  }
}
