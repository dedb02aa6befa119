/** Buffers that are used again; what a pool lends and has not back is never more than its limit. */
export interface BufferPool {
  readonly sizeBytes: number;
  /** Undefined when all are lent. */
  take(): Buffer | undefined;
  give(buffer: Buffer): void;
}

/** Keeps up to `kept` idle buffers, because a burst must not hold memory for ever. */
export function createBufferPool({
  sizeBytes,
  limit,
  kept,
}: {
  readonly sizeBytes: number;
  readonly limit: number;
  readonly kept: number;
}): BufferPool {
  const idle: Buffer[] = [];
  let lent = 0;
  return {
    sizeBytes,
    take() {
      if (lent >= limit) return undefined;
      lent += 1;
      return idle.pop() ?? Buffer.allocUnsafeSlow(sizeBytes);
    },
    give(buffer) {
      lent -= 1;
      if (idle.length < kept) idle.push(buffer);
    },
  };
}
