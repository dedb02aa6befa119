import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { createIdSource, nextSequence } from "../ordered-id.ts";
import { noSuchBucket } from "../refusals.ts";
import { StoreError } from "../store-error.ts";
import { type BlobFiles, createBlobFiles } from "./blob-files.ts";
import { type BlobRef, blobKey, inlineKind, manifestKind } from "./blob-ref.ts";
import { addFile } from "./blobs.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { createCommitter, type Step } from "./committer.ts";
import { checkFormat } from "./data-directory.ts";
import { syncDirectory } from "./directory-sync.ts";
import { diskError, onDisk } from "./disk-error.ts";
import { createGarbageCollector, type GarbageCollector } from "./garbage-collector.ts";
import { type Index, openIndex, readNumber, writeNumber } from "./open-index.ts";
import { createPins, type Pins } from "./pins.ts";
import { createBufferLender, type LentBuffer } from "./read-blob.ts";
import type { ReceivedBody } from "./receive-body.ts";
import type { BucketState } from "./records.ts";
import { readBucket, type Transaction } from "./transaction.ts";
import type { Stamps } from "./versions.ts";

/** The parts of an opened store, which its operations are made of. */
export interface Engine {
  readonly index: Index;
  readonly files: BlobFiles;
  readonly pins: Pins;
  readonly garbage: GarbageCollector;
  readonly stamps: Stamps;
  readonly inlineMaxBytes: number;
  readonly takeBuffer: () => LentBuffer;
  /** Runs something that may write. `close` waits for it. */
  writing<T>(work: () => Promise<T>): Promise<T>;
  /** Runs look-ups in one fresh snapshot. They must not wait for anything. */
  reading<T>(look: () => T): T;
  /** In a look-up: throws `NoSuchBucket`. */
  bucket(name: string): BucketState;
  commit<T>(step: Step<T>): Promise<T>;
  /** Commits a step that uses new files; when it is refused they are removed. */
  commitFiles<T>(files: readonly BlobRef[], step: Step<T>): Promise<T>;
  /** Puts the bytes of a body into the index; null when there are none. */
  addBytes(transaction: Transaction, received: ReceivedBody): BlobRef | null;
  nextManifest(): BlobRef;
  close(): Promise<void>;
}

export type EngineOptions = {
  readonly directory: string;
  readonly now: () => Date;
  readonly inlineMaxBytes: number;
};

const kib = 1024;
const mib = 1024 * kib;

// Large buffers halve the CPU of a large body, and are limited so that many slow clients cost no more than these.
const writeBuffers = { sizeBytes: mib, limit: 64, kept: 16 };
const fewReaders = { sizeBytes: mib, limit: 8, kept: 8 };
const manyReaders = { sizeBytes: 256 * kib, limit: 256, kept: 32 };
const readerBytes = 64 * kib;

export async function openEngine({ directory, now, inlineMaxBytes }: EngineOptions): Promise<Engine> {
  await checkFormat(directory);
  const { index, epoch } = await openDurableIndex(directory);
  const files = createBlobFiles({ directory, epoch, pool: createBufferPool(writeBuffers) });
  const pins = createPins({ directory, epoch, index });
  const committer = createCommitter(index, {
    epoch,
    isDiskFull: () => isFull(directory),
    async onCommitted(aftermath) {
      if (aftermath.hasGarbage) garbage.kick();
      await files.discard(aftermath.files);
    },
  });
  const garbage = createGarbageCollector({ index, committer, files, pins });
  const activity = createActivity();
  let lastSerial = 0;
  let newestUpload = 0;

  const nextBlob = (kind: typeof inlineKind | typeof manifestKind): BlobRef => {
    lastSerial += 1;
    return [kind, epoch, lastSerial];
  };

  return {
    index,
    files,
    pins,
    garbage,
    inlineMaxBytes,
    stamps: {
      now,
      ids: createIdSource(),
      uploadSequence(at) {
        newestUpload = nextSequence(at, newestUpload);
        return newestUpload;
      },
    },
    takeBuffer: createBufferLender([createBufferPool(fewReaders), createBufferPool(manyReaders)], readerBytes),
    writing: activity.run,
    reading(look) {
      activity.checkOpen();
      try {
        // Else a look-up in this turn of the event loop would not see what another process has acknowledged meanwhile.
        index.root.resetReadTxn();
        return look();
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
    async commitFiles(written, step) {
      try {
        return await committer.run(step);
      } catch (error) {
        if (isCertainlyNotCommitted(error)) await files.discard(written);
        throw error;
      }
    },
    addBytes(transaction, { inline, file }) {
      if (file !== undefined) addFile(transaction, file);
      if (inline === undefined || inline.length === 0) return file ?? null;
      const blob = nextBlob(inlineKind);
      transaction.index.inline.put(blobKey(blob), inline);
      return blob;
    },
    nextManifest: () => nextBlob(manifestKind),
    async close() {
      if (!(await activity.close())) return;
      await garbage.close();
      await committer.drain();
      await index.root.close();
    },
  };
}

/** Opens the index and takes the next epoch. */
async function openDurableIndex(directory: string): Promise<{ readonly index: Index; readonly epoch: number }> {
  return await onDisk(async () => {
    const index = openIndex(directory);
    try {
      // Its files have to be found again after a power cut, too.
      await syncDirectory(join(directory, "index"));
      return { index, epoch: await takeEpoch(index) };
    } catch (error) {
      await index.root.close();
      throw error;
    }
  });
}

async function takeEpoch(index: Index): Promise<number> {
  return await index.root.childTransaction(() => {
    const epoch = readNumber(index, "nextEpoch", 1);
    writeNumber(index, "nextEpoch", epoch + 1);
    return epoch;
  });
}

async function isFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < mib;
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
