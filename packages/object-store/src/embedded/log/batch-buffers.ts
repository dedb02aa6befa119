/**
 * What is written at once, in as few buffers as possible: small pieces are put one behind the other into memory that every
 * batch uses again, because a buffer of its own costs more than to copy 4 KiB.
 */
export interface BatchBuffers {
  /** Forgets the batch before. */
  clear(): void;
  /** Space for the caller to fill. */
  reserve(sizeBytes: number): Buffer;
  /** `bytes` must not change until they are written. */
  append(bytes: Uint8Array): void;
  sizeBytes(): number;
  /** All of it, in order. */
  all(): readonly Uint8Array[];
}

const sharedBytes = 2 ** 20;
const smallBytes = 16 * 1024;

export function createBatchBuffers(): BatchBuffers {
  const shared = Buffer.allocUnsafeSlow(sharedBytes);
  let pieces: Uint8Array[] = [];
  let used = 0;
  /** Where the run of small pieces that is not yet among `pieces` begins in the shared buffer. */
  let runStart = 0;
  let sizeBytes = 0;

  const endRun = (): void => {
    if (used > runStart) pieces.push(shared.subarray(runStart, used));
    runStart = used;
  };

  const addPiece = (bytes: Uint8Array): void => {
    endRun();
    pieces.push(bytes);
  };

  return {
    clear() {
      pieces = [];
      used = 0;
      runStart = 0;
      sizeBytes = 0;
    },
    reserve(wanted) {
      sizeBytes += wanted;
      if (wanted > sharedBytes - used) {
        const own = Buffer.allocUnsafe(wanted);
        addPiece(own);
        return own;
      }
      used += wanted;
      return shared.subarray(used - wanted, used);
    },
    append(bytes) {
      sizeBytes += bytes.length;
      if (bytes.length > smallBytes || bytes.length > sharedBytes - used) {
        addPiece(bytes);
        return;
      }
      shared.set(bytes, used);
      used += bytes.length;
    },
    sizeBytes: () => sizeBytes,
    all() {
      endRun();
      return pieces;
    },
  };
}
