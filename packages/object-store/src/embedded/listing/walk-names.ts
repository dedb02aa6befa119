import { setImmediate as nextTurn } from "node:timers/promises";
import { placePastPrefix, prefixRange } from "../index-keys.ts";
import type { Index } from "../open-index.ts";

export type Walk<V> = {
  readonly index: Index;
  readonly rows: { getRange(range: { start: Buffer; end: Buffer }): Iterable<{ key: Buffer; value: V }> };
  readonly bucketId: number;
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Where to go on; undefined for the beginning. */
  readonly start: Buffer | undefined;
  /** The name of the object in an index key. */
  readonly nameOf: (key: Buffer) => string;
  /** True for rows that do not count, not even for a common prefix. */
  readonly isHidden?: (value: V) => boolean;
  /** False when the row does not fit on the page any more. */
  readonly onName: (name: string, value: V, key: Buffer) => boolean;
  readonly onCommonPrefix: (commonPrefix: string) => boolean;
};

/** Rows looked at before others may have the event loop: about 5 ms. */
const rowsPerTurn = 4096;

/**
 * Walks names in the order of the index until the page is full. A common prefix costs one seek however much is under it,
 * so the work grows with what is listed, not with what is stored.
 */
export async function walkNames<V>(walk: Walk<V>): Promise<void> {
  const range = prefixRange(walk.bucketId, walk.prefix);
  if (range === undefined) return;
  let at = walk.start !== undefined && Buffer.compare(walk.start, range.start) > 0 ? walk.start : range.start;
  let budget = rowsPerTurn;
  for (;;) {
    if (Buffer.compare(at, range.end) >= 0) return;
    const start = at;
    const stop = walk.index.read(() => walkRows(walk, { start, end: range.end }, budget)); // not one snapshot for all: an old one would keep pages from being used again
    if (stop === "end") return;
    at = stop.next;
    budget -= stop.seen;
    if (budget > 0) continue;
    budget = rowsPerTurn;
    await nextTurn();
  }
}

type Stop = "end" | { readonly next: Buffer; readonly seen: number };

/** Walks up to the next common prefix, the end, or the budget. */
function walkRows<V>(walk: Walk<V>, range: { start: Buffer; end: Buffer }, budget: number): Stop {
  const { prefix, delimiter, bucketId } = walk;
  let seen = 0;
  for (const { key, value } of walk.rows.getRange(range)) {
    seen += 1;
    if (walk.isHidden?.(value) !== true) {
      const name = walk.nameOf(key);
      const at = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
      if (at === -1) {
        if (!walk.onName(name, value, key)) return "end";
      } else {
        const commonPrefix = name.slice(0, at + delimiter.length);
        if (!walk.onCommonPrefix(commonPrefix)) return "end";
        return { next: placePastPrefix(bucketId, commonPrefix), seen };
      }
    }
    if (seen >= budget) return { next: Buffer.concat([key, Buffer.of(0)]), seen };
  }
  return "end";
}

/** The common prefix that `marker` is or lies under: what comes after it starts past all of that. */
export function commonPrefixOf(
  marker: string,
  { prefix, delimiter }: { readonly prefix: string; readonly delimiter: string },
): string | undefined {
  if (delimiter === "" || !marker.startsWith(prefix)) return undefined;
  const at = marker.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : marker.slice(0, at + delimiter.length);
}
