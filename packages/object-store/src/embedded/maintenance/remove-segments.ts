import { rm } from "node:fs/promises";
import type { OnDurabilityPoint } from "../durability-point.ts";
import type { Engine } from "../engine.ts";
import { type SegmentName, segmentKey, segmentPath } from "../log/segment-path.ts";
import { readNumber } from "../open-index.ts";
import { decodeSegment } from "../records.ts";
import { isHeld } from "../snapshot/hold.ts";

type Parts = Pick<Engine, "free" | "checkpoints"> & {
  readonly directory: string;
  readonly onPoint: OnDurabilityPoint;
};

export type Removal<S> = {
  readonly removed: readonly S[];
  /** A snapshot is being taken, which may need them: try again later. */
  readonly isHeld: boolean;
};

/**
 * Removes segments in which nothing is in use, unless the index knows better. The caller has looked.
 *
 * They are taken out of the index first, in a commit that is flushed, as that of every step that does not say otherwise: with
 * it everything before it is on the disk, so that nothing comes back that refers to the old bytes, and the list of unflushed
 * segments names none of these any more. Then a checkpoint includes it, so that no recovery needs the commits they hold. The
 * files go last: one that a crash leaves is a segment without a row, for the sweep.
 */
export async function removeSegments<S extends SegmentName>(parts: Parts, segments: readonly S[]): Promise<Removal<S>> {
  const { directory, free, checkpoints, onPoint } = parts;
  if (segments.length === 0) return { removed: [], isHeld: false };
  const retired = await free((transaction) => {
    const tables = transaction.index;
    if (isHeld(tables)) return undefined;
    const fence = readNumber(tables, "fence", 0);
    return segments.filter((name) => {
      const key = segmentKey(name);
      const row = tables.segments.get(key);
      const { liveBytes, completedAt } = row === undefined ? { liveBytes: 0, completedAt: 0 } : decodeSegment(row);
      if (liveBytes !== 0 || (completedAt === 0 && name.epoch >= fence)) return false;
      tables.segments.remove(key);
      return true;
    });
  });
  if (retired === undefined || retired.length === 0) return { removed: [], isHeld: retired === undefined };
  await checkpoints.take(); // begins after the commit, so it includes it
  for (const name of retired) {
    await rm(segmentPath(directory, name), { force: true });
    onPoint("compaction:segment-removed");
  }
  return { removed: retired, isHeld: false };
}
