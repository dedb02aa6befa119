import { setTimeout as delay } from "node:timers/promises";
import type { EmbeddedStore } from "@stave/object-store";
import type { Logger } from "pino";
import { keepLifecycle, type LifecycleSchedule } from "./lifecycle-schedule.ts";
import type { MaintenanceMetrics } from "./maintenance-metrics.ts";

/** What goes on in the background of one of the processes that serve. */
export interface Maintenance {
  /** Resolves soon: nothing is left half-way. */
  stop(): Promise<void>;
}

export type MaintenanceOptions = {
  readonly store: EmbeddedStore;
  readonly metrics: MaintenanceMetrics;
  readonly logger: Logger;
  /** At most so much is read to find damage; 0: nothing. */
  readonly scrubMibPerSecond: number;
  readonly lifecycle: Pick<LifecycleSchedule, "dayMs" | "intervalMs" | "record">;
  /** @default 60,000 */
  readonly compactEveryMs?: number;
};

const mib = 2 ** 20;
const dayMs = 24 * 60 * 60 * 1000;

/** Keeps up with 16,000 small bodies per second, and takes about a seventh of a core then. */
const compactionBytesPerSecond = 64 * mib;

const scrubPassDays = 14;
/** A small store is not read more often than this. */
const scrubEveryMs = dayMs;
/** What a body counts as, at least: see `ScrubOptions`. */
const smallBodyBytes = 4096;

/**
 * Gives back the space of deleted small objects, looks for damage, and carries out lifecycle rules: in one process only, a serving one. One of its own would
 * cost 50 MiB; and in the parent, a page of the index that the disk cannot read would end the whole server instead of a worker.
 */
export function startMaintenance(options: MaintenanceOptions): Maintenance {
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = Promise.all([
    repeat(
      options,
      { signal, everyMs: options.compactEveryMs ?? 60_000, name: "compaction" },
      createCompaction(options),
    ),
    options.scrubMibPerSecond === 0
      ? undefined
      : repeat(options, { signal, everyMs: scrubEveryMs, name: "scrub" }, createScrub(options)),
    keepLifecycle(
      { ...options.lifecycle, store: options.store, logger: options.logger, metrics: options.metrics.lifecycle },
      signal,
    ),
  ]);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Starts a run every `everyMs`, or when the one before has ended. */
async function repeat(
  { logger }: MaintenanceOptions,
  { signal, everyMs, name }: { readonly signal: AbortSignal; readonly everyMs: number; readonly name: string },
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const started = performance.now();
    try {
      await run(signal);
    } catch (error) {
      logger.error({ err: error }, `the ${name} of stored bytes failed; it will be tried again`);
    }
    const wait = Math.max(1_000, started + everyMs - performance.now());
    await delay(wait, undefined, { signal, ref: false }).catch(() => {}); // told to stop
  }
}

function createCompaction({ store, metrics, logger }: MaintenanceOptions): (signal: AbortSignal) => Promise<void> {
  const told = new Set<string>();
  return async (signal) => {
    const report = await store.compact({ bytesPerSecond: compactionBytesPerSecond, signal });
    metrics.compacted(report);
    const { kept, removedSegments, removedBytes, movedBytes } = report;
    if (removedSegments > 0) logger.info({ removedSegments, removedBytes, movedBytes }, "compacted");
    for (const { epoch, segment, liveBytes, damaged } of kept) {
      const name = `segments/${epoch}/${segment}`;
      if (told.has(name)) continue;
      told.add(name);
      if (damaged.length === 0)
        logger.error({ segment: name, liveBytes }, "a segment has bytes in use that cannot be found");
      for (const body of damaged) logger.error({ ...body, segment: name }, "stored bytes are damaged");
    }
  };
}

function createScrub({ store, metrics, logger, scrubMibPerSecond }: MaintenanceOptions) {
  return async (signal: AbortSignal): Promise<void> => {
    const bytesPerSecond = Math.min(scrubMibPerSecond * mib, await neededRate(store));
    const report = await store.scrub({
      bytesPerSecond,
      signal,
      onProgress: metrics.scrubbed,
      onDamage(body) {
        metrics.foundDamage();
        logger.error(body, body.problem === "missing" ? "stored bytes are missing" : "stored bytes are damaged");
      },
    });
    const { bodies, bytes, damaged, isComplete } = report;
    if (isComplete) logger.info({ bodies, bytes, damaged }, "scrubbed");
  };
}

/** For all to be read in time. */
async function neededRate(store: EmbeddedStore): Promise<number> {
  let total = 0;
  for (let after: string | undefined, isTruncated = true; isTruncated; ) {
    const page = await store.listBuckets({ maxBuckets: 1000, ...(after !== undefined && { after }) });
    for (const { name } of page.buckets) {
      const usage = await store.bucketUsage(name).catch(() => undefined); // deleted meanwhile
      if (usage !== undefined) total += usage.sizeBytes + usage.versions * smallBodyBytes;
    }
    after = page.buckets.at(-1)?.name;
    ({ isTruncated } = page);
  }
  return Math.max(mib, total / ((scrubPassDays * dayMs) / 1000));
}
