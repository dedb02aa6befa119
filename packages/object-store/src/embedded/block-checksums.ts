import { crc32 } from "@node-rs/crc32";

// A file of its own is the bytes of a body, then one crc32 (little endian) for each block of them.

export const blockBytes = 64 * 1024;
const checksumBytes = 4;

export function blockCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes);
}

/** Of the file that holds a body of `sizeBytes`. */
export function fileBytes(sizeBytes: number): number {
  return sizeBytes + blockCount(sizeBytes) * checksumBytes;
}

/** Where the checksum of a block stands in the file of a body of `sizeBytes`. */
export function checksumOffset(sizeBytes: number, block: number): number {
  return sizeBytes + block * checksumBytes;
}

/** The checksums of a body that comes in chunks of any size. */
export function createBlockChecksums() {
  const finished: number[] = [];
  let running = 0;
  let filled = 0;
  return {
    update(chunk: Uint8Array): void {
      for (let at = 0; at < chunk.length; ) {
        const end = Math.min(chunk.length, at + blockBytes - filled);
        running = crc32(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end), running);
        filled += end - at;
        at = end;
        if (filled < blockBytes) return;
        finished.push(running);
        running = 0;
        filled = 0;
      }
    },
    /** What follows the body. */
    end(): Buffer {
      const all = filled > 0 ? [...finished, running] : finished;
      const out = Buffer.allocUnsafe(all.length * checksumBytes);
      for (const [at, checksum] of all.entries()) out.writeUInt32LE(checksum, at * checksumBytes);
      return out;
    },
  };
}

/** True when the blocks are those the checksums were computed from. Only the last one may be shorter than a block. */
export function areIntact(blocks: Uint8Array, checksums: Buffer): boolean {
  const count = blockCount(blocks.length);
  for (let block = 0; block < count; block += 1) {
    const bytes = blocks.subarray(block * blockBytes, (block + 1) * blockBytes);
    if (crc32(bytes) !== checksums.readUInt32LE(block * checksumBytes)) return false;
  }
  return true;
}
