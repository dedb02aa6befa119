import { setImmediate as nextTurn } from "node:timers/promises";
import { placePastPrefix, prefixRange } from "../index-keys.ts";
import type { Index } from "../open-index.ts";

export type Walk<K, V> = {
  readonly index: Pick<Index, "read">;
  readonly rows: { getRange(range: { start: Buffer; end: Buffer }): Iterable<{ key: K; value: V }> };
  readonly bucketId: number;
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Where to go on; undefined for the beginning. */
  readonly start: Buffer | undefined;
  /** The name of the object in an index key. */
  readonly nameOf: (key: K) => string;
  /** The place right after a row. */
  readonly placeAfter: (key: K) => Buffer;
  /** True for rows that do not count, not even for a common prefix. */
  readonly isHidden?: (value: V) => boolean;
  /** False when the row does not fit on the page any more. */
  readonly onName: (name: string, value: V, key: K) => boolean;
  readonly onCommonPrefix: (commonPrefix: string) => boolean;
};

/** Rows looked at before others may have the event loop: about 5 ms. */
const rowsPerTurn = 4096;

/**
 * Walks names in the order of the index until the page is full. A common prefix costs one seek however much is under it,
 * so the work grows with what is listed, not with what is stored.
 */
export async function walkNames<K, V>(walk: Walk<K, V>): Promise<void> {
  const range = prefixRange(walk.bucketId, walk.prefix);
  if (range === undefined) return;
  let at = walk.start !== undefined && Buffer.compare(walk.start, range.start) > 0 ? walk.start : range.start;
  for (;;) {
    const start = at;
    // Not one snapshot for all: an old one would keep pages from being used again.
    const next = walk.index.read(() => walkTurn(walk, { start, end: range.end }));
    if (next === undefined) return;
    at = next;
    await nextTurn();
  }
}

/** Walks until others have their turn: then returns where to go on. */
function walkTurn<K, V>(walk: Walk<K, V>, place: { start: Buffer; readonly end: Buffer }): Buffer | undefined {
  // One for all seeks: lmdb makes a text decoder for each range it is asked for, and looks at the start when it is walked.
  const rows = walk.rows.getRange(place);
  let budget = rowsPerTurn;
  while (Buffer.compare(place.start, place.end) < 0) {
    const stop = walkRows(walk, rows, budget);
    if (stop === "end") return undefined;
    place.start = stop.next;
    budget -= stop.seen;
    if (budget <= 0) return place.start;
  }
  return undefined;
}

type Stop = "end" | { readonly next: Buffer; readonly seen: number };

/** Walks up to the next common prefix, the end, or the budget. */
function walkRows<K, V>(walk: Walk<K, V>, rows: Iterable<{ key: K; value: V }>, budget: number): Stop {
  const { prefix, delimiter, bucketId } = walk;
  let seen = 0;
  for (const { key, value } of rows) {
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
    if (seen >= budget) return { next: walk.placeAfter(key), seen };
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
