import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../disk-error.ts";
import { readSegmentKey, type SegmentName, segmentPath } from "../log/segment-path.ts";
import { numbersIn } from "../numbers-in.ts";
import { type Index, readNumber } from "../open-index.ts";
import { decodeSegment, type SegmentState } from "../records.ts";

export type SegmentInfo = SegmentName & {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the bodies in it that are in use. */
  readonly liveBytes: number;
  /** Nobody appends to it any more. */
  readonly isComplete: boolean;
  /** Of a process that is gone: an earlier start of the owner of the directory. */
  readonly isOfEarlierStart: boolean;
};

/** All segments that have a file, the emptiest first. */
export async function listSegments(
  { directory, index }: { readonly directory: string; readonly index: Index },
  knownSizes: Map<string, number> = new Map(),
): Promise<SegmentInfo[]> {
  const names = await namesOf(directory);
  // After the look at the directory: the row of a segment can be younger than its file, never older.
  const { fence, states } = index.read(() => readStates(index));
  const found: SegmentInfo[] = [];
  for (const name of names) {
    const path = segmentPath(directory, name);
    const state = states.get(path);
    const isOfEarlierStart = name.epoch < fence;
    const isComplete = isOfEarlierStart || (state !== undefined && state.completedAt > 0);
    const sizeBytes = knownSizes.get(path) ?? (await sizeOf(path));
    if (sizeBytes === undefined) continue;
    if (isComplete) knownSizes.set(path, sizeBytes);
    found.push({ ...name, path, sizeBytes, liveBytes: state?.liveBytes ?? 0, isComplete, isOfEarlierStart });
  }
  return found.sort((a, b) => a.liveBytes - b.liveBytes);

  function readStates(tables: Index): {
    readonly fence: number;
    readonly states: ReadonlyMap<string, SegmentState>;
  } {
    const rows = new Map<string, SegmentState>();
    for (const { key, value } of tables.segments.getRange({})) {
      rows.set(segmentPath(directory, readSegmentKey(key)), decodeSegment(value));
    }
    return { fence: readNumber(tables, "fence", 0), states: rows };
  }
}

async function namesOf(directory: string): Promise<SegmentName[]> {
  const segments = join(directory, "segments");
  const names: SegmentName[] = [];
  for (const epoch of await numbersIn(segments)) {
    for (const segment of await numbersOrNone(join(segments, String(epoch)))) names.push({ epoch, segment });
  }
  return names;
}

/** None when a sweep has removed the directory meanwhile. */
async function numbersOrNone(directory: string): Promise<number[]> {
  try {
    return await numbersIn(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Undefined when somebody has removed it meanwhile. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
