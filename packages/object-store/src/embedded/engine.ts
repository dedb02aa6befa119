import { createIdSource, nextSequence } from "../ordered-id.ts";
import { noSuchBucket } from "../refusals.ts";
import { StoreError } from "../store-error.ts";
import { allocateAligned } from "./aligned-memory.ts";
import { type BlobFiles, createBlobFiles } from "./blob-files.ts";
import { type BlobRef, type FileRef, type ManifestRef, manifestKind } from "./blob-ref.ts";
import { addFile } from "./blobs.ts";
import { type BufferPool, createBufferPool } from "./buffer-pool.ts";
import { type Checkpoints, startCheckpoints } from "./checkpoint/checkpoints.ts";
import { type CommitGate, createCommitGate, openWhileNobodyCommits } from "./commit-gate.ts";
import { createCommitter, type Step } from "./committer.ts";
import { checkFormat } from "./data-directory.ts";
import { diskError, onDisk } from "./disk-error.ts";
import type { OnDurabilityPoint } from "./durability-point.ts";
import { takeEpoch } from "./epochs.ts";
import { createGarbageCollector, type GarbageCollector } from "./garbage-collector.ts";
import { createSegmentFiles, type SegmentFiles } from "./log/segment-files.ts";
import { openSegmentLog, type SegmentLog } from "./log/segment-log.ts";
import { joinMembers, type MembersLock } from "./members-lock.ts";
import { type Index, openIndex } from "./open-index.ts";
import { createOwnerBuckets, type OwnerRoom, sumSizes } from "./owner-usage.ts";
import { createPins, type Pins } from "./pins.ts";
import { createBufferLender, type LentBuffer } from "./read-blob.ts";
import type { ReceivedBody } from "./receive-body.ts";
import type { BucketState } from "./records.ts";
import { createReserve, withReserve } from "./reserve.ts";
import { readBucket, type Transaction } from "./transaction.ts";
import { flushEarlier } from "./unflushed.ts";
import type { Place, Stamps } from "./versions.ts";

/** The parts of an opened store, which its operations are made of. */
export interface Engine {
  readonly epoch: number;
  readonly index: Index;
  readonly files: BlobFiles;
  readonly segments: SegmentFiles;
  readonly checkpoints: Checkpoints;
  readonly pins: Pins;
  readonly garbage: GarbageCollector;
  readonly stamps: Stamps;
  readonly smallMaxBytes: number;
  readonly takeBuffer: () => LentBuffer;
  readonly smallBuffers: BufferPool;
  /** Runs something that may write. `close` waits for it. */
  writing<T>(work: () => Promise<T>): Promise<T>;
  /** Runs look-ups in one fresh snapshot. They must not wait for anything. */
  reading<T>(look: () => T): T;
  /** In a look-up: throws `NoSuchBucket`. */
  bucket(name: string): BucketState;
  commit<T>(step: Step<T>): Promise<T>;
  /** As `commit`, for a step that lets space come back: it is possible on a full disk, too. */
  free<T>(step: Step<T>): Promise<T>;
  /** Commits a step that uses new files; when it is refused they are removed. `bodyBytes`: what it adds to the log. */
  commitFiles<T>(files: readonly FileRef[], step: Step<T>, bodyBytes?: number): Promise<T>;
  /** Makes the bytes of a body part of the store; null when there are none. */
  addBytes(transaction: Transaction, place: Place, received: ReceivedBody): BlobRef | null;
  nextManifest(): ManifestRef;
  /** For look-ups; steps ask their transaction. */
  readonly owners: OwnerRoom;
  close(): Promise<void>;
}

export type EngineOptions = {
  readonly directory: string;
  readonly now: () => Date;
  readonly smallMaxBytes: number;
  readonly maxQueueMessages: number;
  /** @default nobody has a limit */
  readonly ownerQuota?: OwnerRoom["quotaOf"];
  readonly onPoint: OnDurabilityPoint;
};

const kib = 1024;
const mib = 1024 * kib;

// Large buffers halve the CPU of a large body, and are limited so that many slow clients cost no more than these.
const writeBuffers = { sizeBytes: mib, limit: 64, kept: 16 };
const fewReaders = { sizeBytes: mib, limit: 8, kept: 8 };
const manyReaders = { sizeBytes: 256 * kib, limit: 256, kept: 32 };
const readerBytes = 64 * kib;
const smallReaders = { sizeBytes: 128 * kib, limit: 64, kept: 64 };

/** The buffers that are kept can be written directly; see file-descriptor.ts. */
function createWritePool(): BufferPool {
  const { sizeBytes, kept } = writeBuffers;
  return createBufferPool({ ...writeBuffers, memory: allocateAligned(sizeBytes * kept) });
}

/** While a new owner of the directory recovers the index, or others commit. */
const joinTimeoutMs = 30_000;
/** What relaxed buckets have written is on the disk that soon. */
const flushIntervalMs = 1_000;

export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { directory, now, smallMaxBytes, maxQueueMessages, ownerQuota = () => undefined, onPoint } = options;
  await checkFormat(directory);
  const reserve = createReserve(directory);
  const { membership, gate, index, epoch, log, checkpoints, broken } = await onDisk(() =>
    withReserve(reserve, () => openParts(directory, onPoint)),
  );
  const isSpaceLow = reserve.isGivenUp;
  const files = createBlobFiles({ directory, epoch, pool: createWritePool(), isSpaceLow, onPoint });
  const segments = createSegmentFiles(directory);
  const pins = createPins({ directory, epoch, index });
  const ownerBuckets = createOwnerBuckets(index);
  let heldBack: FileRef[] = [];
  const committer = createCommitter(index, {
    directory,
    epoch,
    log,
    gate,
    isDiskFull: reserve.isDiskFull,
    isSpaceLow,
    async makeRoom() {
      await reserve.giveUp();
      // The index may use the pages again that it has left behind since the last one.
      await checkpoints.take().catch(() => {});
    },
    maxQueueMessages,
    ownerQuota,
    ownerBuckets,
    onPoint,
    checkpointed: checkpoints.sequence,
    onTransaction: checkpoints.noteCommit,
    async onCommitted(aftermath, isFlushed) {
      if (aftermath.hasGarbage) garbage.kick();
      if (isFlushed) await files.discard(aftermath.files);
      else heldBack.push(...aftermath.files);
    },
  });
  broken.then((cause) => committer.stop(cause));
  const garbage = createGarbageCollector({ index, committer, files, pins, onPoint });
  const activity = createActivity();
  let lastManifest = 0;
  let newestUpload = 0;

  const flush = async (): Promise<void> => {
    const replaced = heldBack;
    heldBack = [];
    await log.flush(); // when it fails nobody may remove them any more
    if (replaced.length > 0) await discardReplaced(replaced);
  };

  // After a power cut the disk may refer again to files that an unflushed commit has replaced; and that commit is lost with any
  // one before it, which may lie in the segment of another process.
  const discardReplaced = async (replaced: readonly FileRef[]): Promise<void> => {
    try {
      await committer.free(flushEarlier);
    } catch {
      return; // for the sweep
    }
    await files.discard(replaced);
  };
  let restoring: Promise<void> = Promise.resolve();
  const flushing = setInterval(() => {
    flush().catch((error: unknown) => committer.stop(error));
    restoring = reserve.restore();
  }, flushIntervalMs).unref();

  return {
    epoch,
    index,
    files,
    segments,
    checkpoints,
    pins,
    garbage,
    smallMaxBytes,
    stamps: {
      now,
      ids: createIdSource(),
      uploadSequence(at) {
        newestUpload = nextSequence(at, newestUpload);
        return newestUpload;
      },
    },
    owners: {
      quotaOf: ownerQuota,
      usedBytes: (ownerId) =>
        sumSizes(
          ownerBuckets.namesOf(ownerId, { isWriting: false }).map((name) => readBucket(index, name)),
          ownerId,
        ),
    },
    takeBuffer: createBufferLender([createBufferPool(fewReaders), createBufferPool(manyReaders)], readerBytes),
    smallBuffers: createBufferPool(smallReaders),
    writing: activity.run,
    reading(look) {
      activity.checkOpen();
      try {
        return index.read(look);
      } catch (error) {
        throw error instanceof TypeError ? error : diskError(error);
      }
    },
    bucket(name) {
      const bucket = readBucket(index, name);
      if (bucket === undefined) throw noSuchBucket(name);
      return bucket;
    },
    commit: (step) => committer.run(step),
    free: (step) => committer.free(step),
    async commitFiles(written, step, bodyBytes) {
      try {
        return await committer.run(step, bodyBytes);
      } catch (error) {
        if (isCertainlyNotCommitted(error)) await files.discard(written);
        throw error;
      }
    },
    addBytes(transaction, { indexKey }, { small, file }) {
      if (file !== undefined) addFile(transaction, file);
      if (small === undefined || small.length === 0) return file ?? null;
      return transaction.addBody(indexKey, small);
    },
    nextManifest() {
      lastManifest += 1;
      return [manifestKind, epoch, lastManifest];
    },
    async close() {
      if (!(await activity.close())) return;
      await garbage.close();
      await committer.drain();
      clearInterval(flushing);
      await restoring;
      try {
        await onDisk(flush);
      } finally {
        await checkpoints.close().catch(() => {}); // what it would have saved is in the log
        await log.close().catch(() => {}); // flushed already, or what failed was just reported
        segments.close();
        gate.close();
        await index.root.close();
        membership.release();
      }
    },
  };
}

type Parts = {
  readonly membership: MembersLock;
  readonly gate: CommitGate;
  readonly index: Index;
  readonly epoch: number;
  readonly log: SegmentLog;
  readonly checkpoints: Checkpoints;
  /** Resolves, if ever, with what made the index unfit to be written to. */
  readonly broken: Promise<unknown>;
};

async function openParts(directory: string, onPoint: OnDurabilityPoint): Promise<Parts> {
  const membership = await joinMembers(directory, joinTimeoutMs);
  if (membership === undefined) {
    throw new StoreError("DataDirectoryInUse", `The data directory ${directory} is being recovered: try again later`);
  }
  let gate: CommitGate | undefined;
  let index: Index | undefined;
  let log: SegmentLog | undefined;
  try {
    gate = createCommitGate(directory);
    index = await openIndexBesideOthers(directory);
    const epoch = await takeEpoch(directory);
    const { promise: broken, resolve: onBroken } = Promise.withResolvers<unknown>();
    log = await openSegmentLog({ directory, epoch, onBroken, onPoint });
    const checkpoints = await startCheckpoints({ directory, epoch, index, onBroken, onPoint });
    return { membership, gate, index, epoch, log, checkpoints, broken };
  } catch (error) {
    await log?.close().catch(() => {});
    gate?.close();
    await index?.root.close();
    membership.release();
    throw error;
  }
}

async function openIndexBesideOthers(directory: string): Promise<Index> {
  const index = await openWhileNobodyCommits(directory, {
    timeoutMs: joinTimeoutMs,
    open: () => openIndex(directory),
  });
  if (index !== undefined) return index;
  throw new StoreError(
    "DataDirectoryInUse",
    `The data directory ${directory} cannot be opened while a process that uses it hangs: end that process`,
  );
}

/** After an I/O error in a commit nobody knows what is on the disk: a file that may be needed stays, for the sweep. */
function isCertainlyNotCommitted(error: unknown): boolean {
  return error instanceof StoreError && error.code !== "InternalError";
}

type Activity = {
  run<T>(work: () => Promise<T>): Promise<T>;
  checkOpen(): void;
  /** Waits for what runs; false when somebody else has closed already, and then too. */
  close(): Promise<boolean>;
};

function createActivity(): Activity {
  let running = 0;
  let closing: Promise<void> | undefined;
  let onIdle = (): void => {};

  const checkOpen = (): void => {
    if (closing !== undefined) throw new StoreError("InternalError", "The store is closed");
  };

  return {
    checkOpen,
    async run(work) {
      checkOpen();
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (running === 0) onIdle();
      }
    },
    async close() {
      const isFirst = closing === undefined;
      closing ??= new Promise((resolve) => {
        onIdle = resolve;
        if (running === 0) resolve();
      });
      await closing;
      return isFirst;
    },
  };
}
