import type { ObjectStore } from "../object-store.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { onDisk } from "./disk-error.ts";
import { openEngine } from "./engine.ts";
import { objectOperations } from "./object-operations.ts";
import { type SweepOptions, type SweepReport, sweep } from "./sweep.ts";
import { uploadOperations } from "./upload-operations.ts";

export type EmbeddedStoreOptions = {
  /** Taken with `lockDataDirectory` before, by this process or the one that started it. */
  readonly directory: string;
  /** @default the system clock */
  readonly now?: () => Date;
  /** Bodies up to this size live in the index and share its commit; larger ones are files. At most 1 MiB. @default 32768 */
  readonly inlineMaxBytes?: number;
};

export interface EmbeddedStore extends ObjectStore {
  /** Removes what processes that are gone have left half-way. Safe beside writers, in any of the processes. */
  sweepOrphans(options?: SweepOptions): Promise<SweepReport>;
}

const inlineMaxLimit = 2 ** 20;

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
  const { directory, now = () => new Date(), inlineMaxBytes = 32 * 1024 } = options;
  if (!Number.isInteger(inlineMaxBytes) || inlineMaxBytes < 0 || inlineMaxBytes > inlineMaxLimit) {
    throw new TypeError(`Expected \`inlineMaxBytes\` to be 0 to ${inlineMaxLimit}, got ${inlineMaxBytes}`);
  }
  const engine = await openEngine({ directory, now, inlineMaxBytes });
  return {
    ...bucketOperations(engine),
    ...objectOperations(engine),
    ...uploadOperations(engine),
    sweepOrphans: (sweepOptions = {}) =>
      engine.writing(() => onDisk(() => sweep({ directory, ...engine }, sweepOptions))),
    close: engine.close,
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
