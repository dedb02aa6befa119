/**
 * Frees memory that nobody needs any more, now. What node:crypto returns is outside of the heap, 64 KiB for each block: left to
 * the garbage collector it doubles the CPU time of encryption.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  // Small buffers share their memory with others.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
