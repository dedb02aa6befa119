import { join } from "node:path";
import { StoreError } from "../../store-error.ts";
import { isSameBlob } from "../blob-ref.ts";
import type { OnDurabilityPoint } from "../durability-point.ts";
import type { Engine } from "../engine.ts";
import { segmentMaxBytes } from "../log/segment-log.ts";
import { segmentKey } from "../log/segment-path.ts";
import { type MembersLock, tryLock } from "../members-lock.ts";
import type { Tables } from "../open-index.ts";
import { decodeSegment } from "../records.ts";
import { type DamagedBody, showDamaged } from "./damaged-body.ts";
import { listSegments, type SegmentInfo } from "./list-segments.ts";
import { findRow, moveRecords } from "./move-records.ts";
import { openSegment } from "./open-segment.ts";
import { checkRate, createPacer, type Pacer } from "./pacer.ts";
import { removeSegments } from "./remove-segments.ts";
import { isAnyLive, type LiveRecord, surveySegment } from "./survey-segment.ts";

export type CompactOptions = {
  /** Segments are worth the work from this share of dead bytes on. Above 0, at most 1. @default 0.5 */
  readonly minDeadRatio?: number;
  /** Of what is read and written; a small body counts as 4 KiB. @default as fast as it goes */
  readonly bytesPerSecond?: number;
  /** Only looks, and says what would be done. @default false */
  readonly dryRun?: boolean;
  /** Stops early; the report says what was done until then. */
  readonly signal?: AbortSignal;
};

export type CompactionReport = {
  /** True when another call, in this process or another one, was at it: nothing was done. */
  readonly isBusy: boolean;
  /** False when it was busy, or stopped by its signal or by closing the store. */
  readonly isComplete: boolean;
  /** All segments of the store, when it had ended. */
  readonly segments: number;
  readonly segmentBytes: number;
  /** Bodies in use in them. */
  readonly liveBytes: number;
  /** What was still in use of removed segments, and was written again. */
  readonly movedBodies: number;
  readonly movedBytes: number;
  readonly removedSegments: number;
  readonly removedBytes: number;
  /** Worth compacting, and left alone. */
  readonly kept: readonly KeptSegment[];
};

export type KeptSegment = {
  readonly epoch: number;
  readonly segment: number;
  /** What stays in it. */
  readonly liveBytes: number;
  /** In use and not intact. Empty when bytes count as in use that no version was found for. */
  readonly damaged: readonly DamagedBody[];
};

type Parts = Pick<Engine, "index" | "commitFiles" | "free" | "checkpoints"> & {
  readonly directory: string;
  readonly onPoint: OnDurabilityPoint;
};

export interface Compactor {
  /** `closing` ends it, too. */
  compact(options: CompactOptions, closing: AbortSignal): Promise<CompactionReport>;
}

/** Its kernel lock says who compacts: two would read the same segments for nothing. Whoever dies lets go of it. */
const lockFile = "compaction.sqlite";
const noLock: MembersLock = { release: () => {} };

/** Segments that ended early, with their process, are merged when there are so many: each file costs a descriptor to read from. */
const smallBytes = segmentMaxBytes / 8;
const manySmall = 16;

/**
 * Gives the space of dead bytes back: what is still in use of a segment is written again, at the end of the log, and the
 * segment goes. Nobody waits for it: readers find a moved body by looking its version up again.
 */
export function createCompactor(parts: Parts): Compactor {
  const { directory, index } = parts;
  const memory: Memory = { sizes: new Map(), costs: new Map(), kept: new Map() };
  return {
    async compact(options, closing) {
      const { minDeadRatio = 0.5, bytesPerSecond, dryRun = false } = options;
      const signal = options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]);
      const lock = dryRun ? noLock : tryLock(join(directory, lockFile), "BEGIN EXCLUSIVE");
      const run: Run = {
        minDeadRatio,
        dryRun,
        pacer: createPacer({ bytesPerSecond, signal }),
        movedBodies: 0,
        movedBytes: 0,
        removed: [],
      };
      let isComplete = lock !== undefined;
      try {
        if (lock !== undefined) await compactAll(parts, memory, run);
      } catch (error) {
        if (!signal.aborted || error instanceof StoreError) throw error;
        isComplete = false;
      } finally {
        lock?.release();
      }
      const segments = await listSegments({ directory, index }, memory.sizes);
      return {
        isBusy: lock === undefined,
        isComplete,
        segments: segments.length,
        segmentBytes: sum(segments, "sizeBytes"),
        liveBytes: sum(segments, "liveBytes"),
        movedBodies: run.movedBodies,
        movedBytes: run.movedBytes,
        removedSegments: run.removed.length,
        removedBytes: sum(run.removed, "sizeBytes"),
        kept: [...memory.kept.values()],
      };
    },
  };
}

/** Throws a `TypeError`. */
export function checkCompactOptions({ minDeadRatio = 0.5, bytesPerSecond }: CompactOptions): void {
  checkRate(bytesPerSecond);
  if (minDeadRatio > 0 && minDeadRatio <= 1) return;
  throw new TypeError(`Expected \`minDeadRatio\` to be above 0 and at most 1, got ${minDeadRatio}`);
}

/** What this process has learned, by path: complete segments do not change, but for what dies in them. */
type Memory = {
  readonly sizes: Map<string, number>;
  /** What a live byte takes when it is moved, with its share of the log: for tiny bodies a multiple. */
  readonly costs: Map<string, number>;
  readonly kept: Map<string, KeptSegment>;
};

type Run = {
  readonly minDeadRatio: number;
  readonly dryRun: boolean;
  readonly pacer: Pacer;
  movedBodies: number;
  movedBytes: number;
  removed: readonly SegmentInfo[];
};

async function compactAll(parts: Parts, memory: Memory, run: Run): Promise<void> {
  const segments = await listSegments(parts, memory.sizes);
  forgetOthers(memory, segments);
  const isUntouched = ({ path, liveBytes }: SegmentInfo): boolean => memory.kept.get(path)?.liveBytes === liveBytes;
  const complete = segments.filter((segment) => segment.isComplete && !isUntouched(segment));
  for (const { path } of complete) memory.kept.delete(path);
  const small = complete.filter(isSmallLeftOver);
  const merged = new Set(small.length >= manySmall ? small : []);
  let emptied: SegmentInfo[] = [];
  const remove = async (): Promise<void> => {
    const removing = emptied;
    emptied = [];
    if (run.dryRun) run.removed = [...run.removed, ...removing];
    else await removeEmptied(parts, memory, { run, removing });
  };
  try {
    for (const segment of complete) {
      // The emptiest come first: on a full disk they make the room for what has to be moved.
      if (segment.liveBytes !== 0 && emptied.some(({ liveBytes }) => liveBytes === 0)) await remove();
      const isWorthIt = (movedBytes: number): boolean =>
        merged.has(segment) || movedBytes <= (1 - run.minDeadRatio) * segment.sizeBytes;
      if (!isWorthIt(segment.liveBytes * (memory.costs.get(segment.path) ?? 1))) continue;
      if (await empty(parts, memory, { run, segment, isWorthIt })) emptied.push(segment);
      if (sum(emptied, "sizeBytes") >= segmentMaxBytes) await remove();
    }
  } finally {
    // What was moved before something failed, or before it was told to stop, has been moved for good.
    await remove();
  }
}

/** Moves what is in use; true when nothing is any more. */
async function empty(
  parts: Parts,
  memory: Memory,
  {
    run,
    segment,
    isWorthIt,
  }: { readonly run: Run; readonly segment: SegmentInfo; readonly isWorthIt: (movedBytes: number) => boolean },
): Promise<boolean> {
  const { index } = parts;
  await using opened = await openSegment(segment.path);
  if (opened === undefined) return false;
  const { file } = opened;
  const { live, liveBytes, movedBytes } = await surveySegment(index, { file, name: segment }, run.pacer);
  if (liveBytes > 0) memory.costs.set(segment.path, movedBytes / liveBytes);
  if (!isWorthIt(movedBytes)) return false;
  if (run.dryRun) {
    run.movedBodies += live.length;
    run.movedBytes += liveBytes;
    return true;
  }
  const { bodies, bytes, damaged } = await moveRecords(parts, { file, records: live }, run.pacer);
  run.movedBodies += bodies;
  run.movedBytes += bytes;
  if (!(await isAnyLive(index, { records: live, name: segment }, run.pacer))) return true;
  keep(parts, memory, { segment, damaged });
  return false;
}

async function removeEmptied(
  parts: Parts,
  memory: Memory,
  { run, removing }: { readonly run: Run; readonly removing: readonly SegmentInfo[] },
): Promise<void> {
  const { removed, refused } = await removeSegments(parts, removing);
  run.removed = [...run.removed, ...removed];
  for (const segment of refused) keep(parts, memory, { segment, damaged: [] });
}

function keep(
  { index }: Parts,
  { kept }: Memory,
  { segment, damaged }: { readonly segment: SegmentInfo; readonly damaged: readonly LiveRecord[] },
): void {
  const { epoch, segment: number, path } = segment;
  const found = index.read(() => {
    const row = index.segments.get(segmentKey(segment));
    return {
      liveBytes: row === undefined ? 0 : decodeSegment(row).liveBytes,
      // Some may have been replaced or deleted meanwhile.
      damaged: showDamaged(
        index,
        damaged.filter((record) => isWhereItWas(index, record)),
      ),
    };
  });
  kept.set(path, { epoch, segment: number, ...found });
}

function isWhereItWas(index: Tables, record: LiveRecord): boolean {
  return isSameBlob(findRow(index, record)?.stored.object?.blob ?? null, record.body);
}

function isSmallLeftOver({ isOfEarlierStart, sizeBytes, liveBytes }: SegmentInfo): boolean {
  return isOfEarlierStart && sizeBytes < smallBytes && liveBytes > 0;
}

function forgetOthers({ sizes, costs, kept }: Memory, segments: readonly SegmentInfo[]): void {
  const paths = new Set(segments.map(({ path }) => path));
  for (const map of [sizes, costs, kept]) {
    for (const path of map.keys()) if (!paths.has(path)) map.delete(path);
  }
}

function sum(segments: readonly SegmentInfo[], field: "sizeBytes" | "liveBytes"): number {
  return segments.reduce((total, segment) => total + segment[field], 0);
}
