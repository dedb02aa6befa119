import { type FileHandle, open } from "node:fs/promises";
import type { Step } from "./committer.ts";
import { isMissing } from "./disk-error.ts";
import { type SegmentName, segmentPath } from "./log/segment-path.ts";
import { type Index, readNumber, type Tables, type WritableTables, writeNumber } from "./open-index.ts";

// Commits to relaxed buckets are not flushed. One that is must not be on the disk before those that it comes after, of which
// some may lie in the segments of other processes: the index says in which.

const unflushedKey = Buffer.from("unflushed");

export type UnflushedRow = readonly (readonly [epoch: number, segment: number])[];

/**
 * Commits that nobody waited for may be lost: the kernel reports what it could not write once, and forgets it. None that is
 * flushed may come after them any more.
 */
export type OnBroken = (error: unknown) => void;

/** In the transaction of a commit that is not flushed. */
export function noteUnflushed({ unflushed }: Pick<WritableTables, "unflushed">, { epoch, segment }: SegmentName): void {
  const row = unflushed.get(unflushedKey) ?? [];
  if (row.some(([otherEpoch, otherSegment]) => otherEpoch === epoch && otherSegment === segment)) return;
  // A segment is flushed before the next one of its process is begun.
  unflushed.put(unflushedKey, [...row.filter(([otherEpoch]) => otherEpoch !== epoch), [epoch, segment]]);
}

/** True when some commit may be lost by a power cut, with all that come after it. */
export function hasUnflushed({ unflushed }: Pick<Tables, "unflushed">): boolean {
  return unflushed.doesExist(unflushedKey);
}

/** A step after which everything before it is on the disk, in the segments of all processes. */
export const flushEarlier: Step<void> = ({ index }) => {
  // Any change does: a commit without one is none.
  if (hasUnflushed(index)) writeNumber(index, "fence", readNumber(index, "fence", 0));
};

/** In the transaction of a commit that is flushed: flushes what others have left before it. */
export async function flushOthers(
  { unflushed }: Pick<WritableTables, "unflushed">,
  {
    directory,
    epoch: own,
    onBroken,
  }: { readonly directory: string; readonly epoch: number; readonly onBroken: OnBroken },
): Promise<void> {
  const row = unflushed.get(unflushedKey);
  if (row === undefined) return;
  unflushed.remove(unflushedKey);
  for (const [epoch, segment] of row) {
    if (epoch !== own) await flushSegment(segmentPath(directory, { epoch, segment }), onBroken);
  }
}

/**
 * Before a checkpoint: the index must not be durable before the bodies that it refers to. To be called when it is settled how
 * far the checkpoint goes.
 */
export async function flushNoted(
  index: Index,
  { directory, onBroken }: { readonly directory: string; readonly onBroken: OnBroken },
): Promise<void> {
  const row = index.read(() => index.unflushed.get(unflushedKey)) ?? [];
  for (const [epoch, segment] of row) await flushSegment(segmentPath(directory, { epoch, segment }), onBroken);
}

/** A segment that has gone was flushed before. */
async function flushSegment(path: string, onBroken: OnBroken): Promise<void> {
  const file = await openIfThere(path);
  if (file === undefined) return;
  try {
    await file.datasync();
  } catch (error) {
    onBroken(error);
    throw error;
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
