// Trailing headers: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import type { ChunkSigner } from "./chunk-signer.ts";
import {
  FIELD_NAME,
  FIELD_VALUE,
  MAX_TRAILER_LINES,
  SIGNATURE_TRAILER,
  sortTrailers,
  trimBlanks,
} from "./trailer-syntax.ts";

/** What follows the header of the last chunk. With a signer, the trailers end with their signature. */
export function writeTrailers(trailers: ReadonlyMap<string, string>, signer: ChunkSigner | undefined): Buffer {
  if (trailers.size > MAX_TRAILER_LINES) {
    throw new TypeError(`Expected at most ${MAX_TRAILER_LINES} trailers, got ${trailers.size}`);
  }
  let text = "";
  for (const [name, value] of sortTrailers(trailers)) {
    assertTrailer(name, value);
    text += `${name}:${value}\r\n`;
  }
  if (signer) text += `${SIGNATURE_TRAILER}:${signer.signTrailers(trailers)}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}

// A trailer that came in over the network and is sent on must not become two.
function assertTrailer(name: string, value: string): void {
  if (!FIELD_NAME.test(name) || name === SIGNATURE_TRAILER) {
    throw new TypeError(`Expected trailer names to be lower-case tokens, got ${JSON.stringify(name)}`);
  }
  // Blanks at its ends would be signed here and trimmed by the reader.
  if (!FIELD_VALUE.test(value) || trimBlanks(value) !== value) {
    throw new TypeError(`Expected the value of the trailer ${name} to be text without control characters`);
  }
}
