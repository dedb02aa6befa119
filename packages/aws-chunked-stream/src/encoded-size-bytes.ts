import { assertByteCount } from "./assert-byte-count.ts";
import { assertChunkSize, DEFAULT_CHUNK_SIZE_BYTES, headerSizeBytes, SIGNATURE_SIZE_BYTES } from "./chunk-layout.ts";
import { type ChunkedPayloadMode, readMode } from "./chunked-payload-mode.ts";
import { SIGNATURE_TRAILER } from "./trailer-syntax.ts";

export interface EncodedSizeOptions {
  readonly mode: ChunkedPayloadMode;
  readonly decodedSizeBytes: number;
  /** As given to the encoder. @default 65536 */
  readonly chunkSizeBytes?: number;
  /** The length of each trailer's value, by its name. @default no trailers */
  readonly trailerSizes?: Readonly<Record<string, number>>;
}

/**
 * The exact size of what {@link encodeChunked} will write: the `Content-Length` of the request, known before its first byte.
 *
 * @example
 * const trailerSizes = { "x-amz-checksum-crc32": 8 }; // base64 of four bytes
 * request.setHeader("content-length", encodedSizeBytes({ mode, decodedSizeBytes, trailerSizes }));
 */
export function encodedSizeBytes(options: EncodedSizeOptions): number {
  const { mode, decodedSizeBytes, chunkSizeBytes = DEFAULT_CHUNK_SIZE_BYTES, trailerSizes = {} } = options;
  assertByteCount("decodedSizeBytes", decodedSizeBytes);
  assertChunkSize(chunkSizeBytes);
  const { isSigned, hasTrailers } = readMode(mode);
  const trailers = Object.entries(trailerSizes);
  if (trailers.length > 0 && !hasTrailers) {
    throw new TypeError(`Expected no \`trailerSizes\` for mode ${mode}, which has none`);
  }

  const chunkBytes = (sizeBytes: number): number => headerSizeBytes(sizeBytes, isSigned) + sizeBytes + 2;
  const restBytes = decodedSizeBytes % chunkSizeBytes;
  let totalBytes = ((decodedSizeBytes - restBytes) / chunkSizeBytes) * chunkBytes(chunkSizeBytes);
  if (restBytes > 0) totalBytes += chunkBytes(restBytes);
  // The last chunk ends with its header; one CRLF ends the body.
  totalBytes += headerSizeBytes(0, isSigned) + 2;
  for (const [name, valueBytes] of trailers) {
    assertByteCount(`trailerSizes[${JSON.stringify(name)}]`, valueBytes);
    totalBytes += trailerLineBytes(name, valueBytes);
  }
  if (hasTrailers && isSigned) totalBytes += trailerLineBytes(SIGNATURE_TRAILER, SIGNATURE_SIZE_BYTES);
  return totalBytes;
}

/** `name:value` and CRLF. */
function trailerLineBytes(name: string, valueBytes: number): number {
  return name.length + 1 + valueBytes + 2;
}
