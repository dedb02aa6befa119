import type { ByteRange } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { onDisk } from "./disk-error.ts";
import type { ReadableFile } from "./file-descriptor.ts";

/** The bytes of a range of a file, in a buffer that is used again for every chunk. Fails when the file ends too early. */
export async function* readFile(
  file: ReadableFile,
  { first, last }: ByteRange,
  takeBuffer: () => LentBuffer,
): AsyncGenerator<Uint8Array> {
  const lent = takeBuffer();
  try {
    for (let at = first; at <= last; ) {
      const wanted = Math.min(lent.buffer.length, last - at + 1);
      const filled = await onDisk(() => file.read(lent.buffer.subarray(0, wanted), at));
      if (filled === 0) throw new StoreError("InternalError", "The stored bytes end too early");
      at += filled;
      yield lent.buffer.subarray(0, filled);
    }
  } finally {
    lent.giveBack();
  }
}

export type LentBuffer = { readonly buffer: Buffer; giveBack(): void };

/** From the first pool that can spare a buffer; else a fresh one, because a reader without a buffer cannot go on. */
export function createBufferLender(pools: readonly BufferPool[], fallbackBytes: number): () => LentBuffer {
  return () => {
    for (const pool of pools) {
      const buffer = pool.take();
      if (buffer !== undefined) return { buffer, giveBack: () => pool.give(buffer) };
    }
    return { buffer: Buffer.allocUnsafeSlow(fallbackBytes), giveBack: () => {} };
  };
}
