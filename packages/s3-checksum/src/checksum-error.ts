/** What went wrong. S3 itself answers `InvalidRequest` to all of these. */
export type ChecksumErrorCode = "InvalidChecksum" | "InvalidEtag" | "UnsupportedChecksumType";

/** A checksum value is malformed, or the algorithm has no checksum of the kind asked for. */
export class ChecksumError extends Error {
  override readonly name = "ChecksumError";
  readonly code: ChecksumErrorCode;

  constructor(code: ChecksumErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
