/** What clients of AWS use, and large enough that headers and signatures cost little. */
export const DEFAULT_CHUNK_SIZE_BYTES = 65_536;

// AWS refuses smaller chunks, except for the last one.
const MIN_CHUNK_SIZE_BYTES = 8192;

// A chunk is put together in memory, because its signature comes before its data.
const MAX_CHUNK_SIZE_BYTES = 16_777_216;

export function assertChunkSize(chunkSizeBytes: number): void {
  const isInRange = chunkSizeBytes >= MIN_CHUNK_SIZE_BYTES && chunkSizeBytes <= MAX_CHUNK_SIZE_BYTES;
  if (!Number.isInteger(chunkSizeBytes) || !isInRange) {
    const range = `${MIN_CHUNK_SIZE_BYTES} to ${MAX_CHUNK_SIZE_BYTES}`;
    throw new TypeError(`Expected \`chunkSizeBytes\` to be a whole number of ${range}, got ${chunkSizeBytes}`);
  }
}

/** Of the line before a chunk's data, CRLF included. */
export function headerSizeBytes(sizeBytes: number, isSigned: boolean): number {
  return sizeBytes.toString(16).length + (isSigned ? ";chunk-signature=".length + SIGNATURE_SIZE_BYTES : 0) + 2;
}

/** Hex digits of an HMAC-SHA256. */
export const SIGNATURE_SIZE_BYTES = 64;
