import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { checkpointFile } from "../checkpoint/checkpoints.ts";
import type { OnDurabilityPoint } from "../durability-point.ts";
import type { Engine } from "../engine.ts";
import { numbersIn } from "../numbers-in.ts";
import { readNumber } from "../open-index.ts";
import { listSegments, type SegmentInfo } from "./list-segments.ts";
import { openSegment } from "./open-segment.ts";
import { createPacer } from "./pacer.ts";
import { removeSegments } from "./remove-segments.ts";
import { surveySegment } from "./survey-segment.ts";

export type SweptSegments = {
  /** Segments of earlier starts in which nothing is in use. */
  readonly deadSegments: number;
  readonly deadSegmentBytes: number;
};

type Parts = Pick<Engine, "index" | "free" | "checkpoints"> & {
  readonly directory: string;
  readonly onPoint: OnDurabilityPoint;
};

/** Removes the segments of earlier starts that hold nothing, and what else these have left behind. */
export async function sweepSegments(parts: Parts, { dryRun }: { readonly dryRun: boolean }): Promise<SweptSegments> {
  const dead = await findDead(parts);
  const { removed } = dryRun ? { removed: dead } : await removeSegments(parts, dead);
  if (!dryRun) {
    const fence = parts.index.read(() => readNumber(parts.index, "fence", 0));
    await removeEpochs(parts.directory, fence);
    await removeCheckpoints(parts.directory, fence);
  }
  return {
    deadSegments: removed.length,
    deadSegmentBytes: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

async function findDead({ directory, index }: Parts): Promise<readonly SegmentInfo[]> {
  const pacer = createPacer({ bytesPerSecond: undefined });
  const dead: SegmentInfo[] = [];
  for (const name of await listSegments({ directory, index })) {
    if (!name.isOfEarlierStart || name.liveBytes !== 0) continue;
    // The count alone does not remove anything: bytes that a version refers to are worth more than the space.
    await using opened = await openSegment(name.path);
    if (opened === undefined) continue;
    const { live } = await surveySegment(index, { file: opened.file, name }, pacer);
    if (live.length === 0) dead.push(name);
  }
  return dead;
}

/** Not the highest one, which keeps its number from being given out again; see epochs.ts. */
async function removeEpochs(directory: string, fence: number): Promise<void> {
  const segments = join(directory, "segments");
  const epochs = await numbersIn(segments);
  const highest = Math.max(...epochs);
  for (const epoch of epochs) {
    const path = join(segments, String(epoch));
    if (epoch < fence && epoch !== highest && (await readdir(path)).length === 0) await rmdir(path);
  }
}

/** The recovery that set the fence has made one that is newer than all of these. */
async function removeCheckpoints(directory: string, fence: number): Promise<void> {
  for (const epoch of await numbersIn(join(directory, "checkpoints"))) {
    if (epoch < fence) await rm(checkpointFile(directory, epoch), { force: true });
  }
}
