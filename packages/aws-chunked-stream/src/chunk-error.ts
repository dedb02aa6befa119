/** Codes are S3's own, so that a server can answer with them as they are. */
export type ChunkErrorCode =
  | "IncompleteBody"
  | "InvalidChunkSizeError"
  | "MalformedTrailerError"
  | "SignatureDoesNotMatch";

/** The body is not a well-formed, correctly signed aws-chunked body, or not as long as announced. */
export class ChunkError extends Error {
  override readonly name = "ChunkError";
  readonly code: ChunkErrorCode;

  constructor(code: ChunkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
