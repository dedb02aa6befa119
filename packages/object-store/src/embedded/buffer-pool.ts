/** Buffers that are used again; what a pool lends and has not back is never more than its limit. */
export interface BufferPool {
  readonly sizeBytes: number;
  /** Undefined when all are lent. */
  take(): Buffer | undefined;
  give(buffer: Buffer): void;
}

/**
 * Keeps up to `kept` idle buffers, because a burst must not hold memory for ever. Those that are kept are pieces of `memory`
 * when it is given: it must have room for them.
 */
export function createBufferPool({
  sizeBytes,
  limit,
  kept,
  memory,
}: {
  readonly sizeBytes: number;
  readonly limit: number;
  readonly kept: number;
  readonly memory?: Buffer | undefined;
}): BufferPool {
  const idle = memory === undefined ? [] : pieces(memory, sizeBytes, kept);
  const isKept = (buffer: Buffer): boolean =>
    memory === undefined ? idle.length < kept : buffer.buffer === memory.buffer;
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
      if (isKept(buffer)) idle.push(buffer);
    },
  };
}

/** The first one comes out first: what is never lent is never touched, and takes no memory. */
function pieces(memory: Buffer, sizeBytes: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, at) => memory.subarray(at * sizeBytes, (at + 1) * sizeBytes)).reverse();
}
