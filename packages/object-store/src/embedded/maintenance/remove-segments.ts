import { unlink } from "node:fs/promises";
import { isMissing } from "../disk-error.ts";
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
  /** Those whose files have gone. */
  readonly removed: readonly S[];
  /** Those of which the index says that something is in use. */
  readonly refused: readonly S[];
};

const nothing = { removed: [], refused: [] };

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
  if (segments.length === 0) return nothing;
  const retired = await free((transaction) => {
    const tables = transaction.index;
    if (isHeld(tables)) return undefined; // a snapshot that is being taken may need them: the next run tries again
    const fence = readNumber(tables, "fence", 0);
    return segments.filter((name) => {
      const key = segmentKey(name);
      const row = tables.segments.get(key);
      const { liveBytes, completedAt } = row === undefined ? { liveBytes: 0, completedAt: 0 } : decodeSegment(row);
      if (liveBytes !== 0 || (completedAt === 0 && name.epoch >= fence)) return false;
      if (row !== undefined) tables.segments.remove(key);
      return true;
    });
  });
  if (retired === undefined) return nothing;
  const refused = segments.filter((name) => !retired.includes(name));
  if (retired.length === 0) return { ...nothing, refused };
  await checkpoints.take(); // begins after the commit, so it includes it
  const removed: S[] = [];
  for (const name of retired) {
    if (!(await isUnlinked(segmentPath(directory, name)))) continue;
    removed.push(name);
    onPoint("compaction:segment-removed");
  }
  return { removed, refused };
}

/** False when another process, which sweeps, was faster. */
async function isUnlinked(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
