/** The values of `x-amz-content-sha256` that this package reads and writes. */
export type ChunkedPayloadMode =
  | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
  | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
  | "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

export function readMode(mode: ChunkedPayloadMode): { isSigned: boolean; hasTrailers: boolean } {
  switch (mode) {
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
      return { isSigned: true, hasTrailers: false };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { isSigned: true, hasTrailers: true };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { isSigned: false, hasTrailers: true };
    default:
      // The two ECDSA modes end here: an unknown mode must never be taken for the unsigned one.
      throw new TypeError(`Expected \`mode\` to be a mode without ECDSA, got ${JSON.stringify(mode satisfies never)}`);
  }
}
