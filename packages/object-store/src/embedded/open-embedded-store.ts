import type { ObjectStore } from "../object-store.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { onDisk } from "./disk-error.ts";
import type { OnDurabilityPoint } from "./durability-point.ts";
import { openEngine } from "./engine.ts";
import type { CompactionReport, CompactOptions } from "./maintenance/compact.ts";
import { maintenanceOperations } from "./maintenance/maintenance-operations.ts";
import type { ScrubOptions, ScrubReport } from "./maintenance/scrub.ts";
import { messageOperations } from "./message-operations.ts";
import { objectOperations } from "./object-operations.ts";
import { type SnapshotReport, takeSnapshot } from "./snapshot/take-snapshot.ts";
import { type SweepOptions, type SweepReport, sweep } from "./sweep.ts";
import { uploadOperations } from "./upload-operations.ts";

export type EmbeddedStoreOptions = {
  /** Taken with `lockDataDirectory` before, by this process or the one that started it. */
  readonly directory: string;
  /** @default the system clock */
  readonly now?: () => Date;
  /** Bodies up to this size share segments, and their flushes; larger ones are files. At most 1 MiB. @default 131072 */
  readonly smallMaxBytes?: number;
  /** How many messages a queue holds, waiting and dead ones: what does not fit is dropped, and counted. @default 1000000 */
  readonly maxQueueMessages?: number;
  /**
   * How many bytes an owner may have in all buckets together, counted as a {@link BucketQuota} is; undefined for no limit. Asked with every
   * write, so it must be quick. @default nobody has a limit
   */
  readonly ownerQuota?: (ownerId: string) => number | undefined;
  /** For tests that crash the process or cut the power at a named step. */
  readonly onPoint?: OnDurabilityPoint;
};

export interface EmbeddedStore extends ObjectStore {
  /** Removes what processes that are gone have left half-way. Safe beside writers, in any of the processes. */
  sweepOrphans(options?: SweepOptions): Promise<SweepReport>;
  /**
   * Makes `target`, which must be empty or absent, a data directory of its own with exactly what was committed up to one
   * moment. Writers go on; nothing is deleted on the disk until it is done, in any of the processes. Resolves when all of it
   * is on the disk. On the same file system it shares unchanging files with the original by hard links: a backup is a copy of
   * it on another disk.
   *
   * Throws `DataDirectoryUnusable` when the target cannot be used, `InsufficientStorage`; then nothing is left of it.
   */
  snapshot(target: string): Promise<SnapshotReport>;
  /**
   * Gives back the space of deleted small bodies, which lie in files with others. To be called now and then, in one of the
   * processes; safe beside everything else. A body that is damaged stays where it is, and so does its file.
   */
  compact(options?: CompactOptions): Promise<CompactionReport>;
  /** Reads every stored body, and tells which ones are damaged or missing. Changes nothing. */
  scrub(options?: ScrubOptions): Promise<ScrubReport>;
}

const smallMaxLimit = 2 ** 20;

/**
 * Opens the store in a data directory. Several processes may open the same one, each once.
 *
 * Throws `DataDirectoryUnusable` when the directory was never locked, `UnsupportedFormat`, `InsufficientStorage`.
 *
 * @example
 * const lock = await lockDataDirectory("./data");
 * const store = await openEmbeddedStore({ directory: "./data" });
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { directory, now = () => new Date(), smallMaxBytes = 128 * 1024, onPoint = () => {} } = options;
  const { maxQueueMessages = 1_000_000, ownerQuota } = options;
  if (!Number.isInteger(smallMaxBytes) || smallMaxBytes < 0 || smallMaxBytes > smallMaxLimit) {
    throw new TypeError(`Expected \`smallMaxBytes\` to be 0 to ${smallMaxLimit}, got ${smallMaxBytes}`);
  }
  const engine = await openEngine({
    directory,
    now,
    smallMaxBytes,
    maxQueueMessages,
    onPoint,
    ...(ownerQuota && { ownerQuota }),
  });
  const { compact, scrub, stop } = maintenanceOperations({ directory, onPoint, ...engine });
  let lastSnapshot: Promise<unknown> = Promise.resolve();
  return {
    ...bucketOperations(engine),
    ...objectOperations(engine),
    ...uploadOperations(engine),
    ...messageOperations(engine),
    sweepOrphans: (sweepOptions = {}) =>
      engine.writing(() => onDisk(() => sweep({ directory, onPoint, ...engine }, sweepOptions))),
    snapshot: (target) =>
      engine.writing(async () => {
        const taking = lastSnapshot.then(() => onDisk(() => takeSnapshot({ directory, ...engine }, target)));
        lastSnapshot = taking.catch(() => {}); // its caller has the error
        return await taking;
      }),
    compact,
    scrub,
    async close() {
      stop();
      await engine.close();
    },
  };
}

/** Sweeps a data directory for a process that has no store open on it: the parent that holds the lock, or a command. */
export async function sweepDataDirectory(directory: string, options: SweepOptions = {}): Promise<SweepReport> {
  const store = await openEmbeddedStore({ directory });
  try {
    return await store.sweepOrphans(options);
  } finally {
    await store.close();
  }
}
