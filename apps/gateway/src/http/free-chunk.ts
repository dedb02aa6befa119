/**
 * Frees the memory of a chunk that nobody needs any more, now. Left to the garbage collector, the chunks of large bodies pile up
 * outside of its heap, 64 KiB each, until it marks the whole heap for their sake: once for every 10 MiB, which was a fifth of
 * the CPU time of large uploads.
 */
export function freeChunk({ buffer, byteLength }: Buffer): void {
  // Small buffers share their memory with others.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
