/** What went wrong. `InvalidDigest` is S3's own code; S3 answers `InvalidRequest` to the others. */
export type ChecksumErrorCode = "InvalidChecksum" | "InvalidDigest" | "InvalidEtag" | "UnsupportedChecksumType";

/** A checksum, an MD5 or an ETag is malformed, or the algorithm has no checksum of the kind asked for. */
export class ChecksumError extends Error {
  override readonly name = "ChecksumError";
  readonly code: ChecksumErrorCode;

  constructor(code: ChecksumErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
