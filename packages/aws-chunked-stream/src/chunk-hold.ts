import { ChunkError } from "./chunk-error.ts";

/** Keeps the data of one chunk until all of it is there. */
export interface ChunkHold {
  /** Throws `InvalidChunkSizeError` for a chunk that may not be held. */
  openChunk(sizeBytes: number): void;
  /** The whole chunk, with its last piece. */
  take(bytes: Buffer): Buffer | undefined;
}

export function createChunkHold(maxHeldBytes: number): ChunkHold {
  let sizeBytes = 0;
  let heldBytes = 0;
  let held: Buffer | undefined;

  return {
    openChunk(announcedBytes) {
      if (announcedBytes > maxHeldBytes) {
        throw new ChunkError("InvalidChunkSizeError", `Expected chunks of at most ${maxHeldBytes} bytes`);
      }
      sizeBytes = announcedBytes;
      heldBytes = 0;
      held = undefined;
    },
    take(bytes) {
      if (bytes.length === sizeBytes) return bytes;
      // Copied, not kept in a list: pieces of one byte each would hold on to a hundred times their size.
      held ??= Buffer.allocUnsafeSlow(sizeBytes);
      heldBytes += bytes.copy(held, heldBytes);
      return heldBytes === sizeBytes ? held : undefined;
    },
  };
}
