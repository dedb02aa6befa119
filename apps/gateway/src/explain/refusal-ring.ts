export interface RefusalRingOptions {
  /** @default 1,000 */
  readonly maxEntries?: number;
  /** @default 4 MiB */
  readonly maxBytes?: number;
}

type Entry = { readonly requestId: string; readonly sizeBytes: number };

/** The newest refusals of this process; what comes pushes out the oldest. */
export interface RefusalRing<T extends Entry> {
  add(entry: T): void;
  find(requestId: string): T | undefined;
  /** The newest first. */
  newestFirst(): Generator<T>;
  readonly size: number;
  readonly sizeBytes: number;
}

/** Whoever sends junk without end fills this much memory, and no more. */
export function createRefusalRing<T extends Entry>(options: RefusalRingOptions = {}): RefusalRing<T> {
  const { maxEntries = 1000, maxBytes = 4 * 1024 * 1024 } = options;
  const entries: (T | undefined)[] = new Array(maxEntries).fill(undefined);
  let next = 0;
  let count = 0;
  let bytes = 0;

  const dropOldest = (): void => {
    const at = (next - count + maxEntries) % maxEntries;
    bytes -= entries[at]?.sizeBytes ?? 0;
    entries[at] = undefined;
    count -= 1;
  };

  function* newestFirst(): Generator<T> {
    for (let back = 1; back <= count; back += 1) {
      const entry = entries[(next - back + maxEntries) % maxEntries];
      if (entry !== undefined) yield entry;
    }
  }

  return {
    add(entry) {
      while (count > 0 && (count === maxEntries || bytes + entry.sizeBytes > maxBytes)) dropOldest();
      entries[next] = entry;
      next = (next + 1) % maxEntries;
      count += 1;
      bytes += entry.sizeBytes;
    },
    find(requestId) {
      for (const entry of newestFirst()) if (entry.requestId === requestId) return entry;
      return undefined;
    },
    newestFirst,
    get size() {
      return count;
    },
    get sizeBytes() {
      return bytes;
    },
  };
}
