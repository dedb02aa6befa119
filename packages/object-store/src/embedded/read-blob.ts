import type { ByteRange } from "../object-store.ts";
import { areIntact, blockBytes, blockCount, checksumOffset } from "./block-checksums.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { bytesDamaged } from "./damage.ts";
import { onDisk } from "./disk-error.ts";
import type { ReadableFile } from "./file-descriptor.ts";

/**
 * The bytes of a range of a body in a file of its own, in a buffer that is used again for every chunk. Whole blocks are read
 * and compared with their checksums before any of their bytes is handed out.
 *
 * Throws `InternalError` when the file is shorter or other than what was written.
 */
export async function* readFile(
  file: ReadableFile,
  sizeBytes: number,
  { first, last }: ByteRange,
  takeBuffer: () => LentBuffer,
): AsyncGenerator<Uint8Array> {
  const lent = takeBuffer();
  try {
    const blocksAtOnce = Math.floor(lent.buffer.length / blockBytes);
    const lastBlock = Math.floor(last / blockBytes);
    const firstBlock = Math.floor(first / blockBytes);
    const checksums = await readChecksums(file, sizeBytes, { firstBlock, lastBlock });
    for (let block = firstBlock; block <= lastBlock; block += blocksAtOnce) {
      const start = block * blockBytes;
      const end = Math.min(sizeBytes, start + Math.min(blocksAtOnce, lastBlock - block + 1) * blockBytes);
      const bytes = lent.buffer.subarray(0, end - start);
      await readWhole(file, bytes, start);
      if (!areIntact(bytes, checksums.subarray((block - firstBlock) * 4))) throw bytesDamaged();
      yield bytes.subarray(Math.max(first - start, 0), Math.min(last + 1, end) - start);
    }
  } finally {
    lent.giveBack();
  }
}

async function readChecksums(
  file: ReadableFile,
  sizeBytes: number,
  { firstBlock, lastBlock }: { readonly firstBlock: number; readonly lastBlock: number },
): Promise<Buffer> {
  const count = Math.min(lastBlock, blockCount(sizeBytes) - 1) - firstBlock + 1;
  const checksums = Buffer.allocUnsafe(count * 4);
  await readWhole(file, checksums, checksumOffset(sizeBytes, firstBlock));
  return checksums;
}

async function readWhole(file: ReadableFile, target: Buffer, position: number): Promise<void> {
  for (let filled = 0; filled < target.length; ) {
    const more = await onDisk(() => file.read(target.subarray(filled), position + filled));
    if (more === 0) throw bytesDamaged();
    filled += more;
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
