import type { Bucket } from "../object-store.ts";
import { noSuchBucket } from "../refusals.ts";
import type { FileRef, SegmentRef } from "./blob-ref.ts";
import { noSpaceLeft } from "./disk-error.ts";
import type { LogBatch } from "./log/segment-log.ts";
import { segmentKey } from "./log/segment-path.ts";
import { createOutbox, type Outbox } from "./messages.ts";
import type { Tables, WritableTables } from "./open-index.ts";
import { type OwnerBuckets, type OwnerRoom, sumSizes } from "./owner-usage.ts";
import { type BucketState, decodeBucket, decodeSegment, encodeBucket, encodeSegment } from "./records.ts";

/** lmdb's limit is 1,978 bytes; the protocol's is 63. */
const maxBucketNameBytes = 255;

/** What is left to do when a step has been committed. */
export type Aftermath = {
  /** Files nothing refers to any more. */
  readonly files: FileRef[];
  /** True when the step put something into `garbage`. */
  hasGarbage: boolean;
};

/** What a step may use: the index inside a write transaction, which sees the steps before it in the batch. */
export interface Transaction {
  readonly index: WritableTables;
  /** Throws `NoSuchBucket`. Counters changed in it are written when the batch ends. */
  bucket(name: string): BucketState;
  findBucket(name: string): BucketState | undefined;
  addBucket(bucket: BucketState): void;
  removeBucket(name: string): void;
  /** Puts a small body into the log. */
  addBody(owner: Uint8Array, body: Uint8Array): SegmentRef;
  /** A body in a segment is not used any more. */
  releaseBody(body: SegmentRef): void;
  /** Throws `InsufficientStorage` when only what frees space may use any: for a step that may or may not. */
  takeSpace(): void;
  /** The running step may be acknowledged before it is on the disk. Else it, and with it the batch, is flushed. */
  relax(): void;
  /** What others have to be told. */
  readonly outbox: Outbox;
  /** For what the running step leaves behind. */
  readonly aftermath: Aftermath;
  readonly owners: OwnerRoom;
}

export interface BatchTransaction extends Transaction {
  /** Starts a step: its aftermath is the returned one. */
  beginStep(): Aftermath;
  /** Writes back buckets and segments, once for the batch: 64 writers to one bucket change one row. */
  end(sequence: number): void;
  /** False when no step needs the flush. */
  needsFlush(): boolean;
}

export type TransactionOptions = {
  readonly isSpaceLow: boolean;
  readonly maxQueueMessages: number;
  readonly ownerQuota: OwnerRoom["quotaOf"];
  readonly ownerBuckets: OwnerBuckets;
};

export function createTransaction(
  index: WritableTables,
  log: LogBatch,
  { isSpaceLow, maxQueueMessages, ownerQuota, ownerBuckets }: TransactionOptions,
): BatchTransaction {
  const outbox = createOutbox(index, maxQueueMessages);
  const buckets = new Map<string, BucketState | undefined>();
  const originals = new Map<string, BucketState>();
  const removed = new Set<string>();
  const segments = new Map<string, { readonly key: Buffer; change: number }>();
  let aftermath: Aftermath = { files: [], hasGarbage: false };
  let steps = 0;
  let relaxed = 0;

  const findBucket = (name: string): BucketState | undefined => {
    if (buckets.has(name)) return buckets.get(name);
    const bucket = readBucket(index, name);
    buckets.set(name, bucket);
    if (bucket !== undefined) originals.set(name, { ...bucket });
    return bucket;
  };

  const countLive = ([, epoch, segment, , sizeBytes]: SegmentRef, sign: 1 | -1): void => {
    const name = `${epoch}/${segment}`;
    const counted = segments.get(name) ?? { key: segmentKey({ epoch, segment }), change: 0 };
    counted.change += sign * sizeBytes;
    segments.set(name, counted);
  };

  return {
    index,
    findBucket,
    bucket(name) {
      const bucket = findBucket(name);
      if (bucket === undefined) throw noSuchBucket(name);
      return bucket;
    },
    addBucket(bucket) {
      buckets.set(bucket.name, bucket);
    },
    removeBucket(name) {
      buckets.set(name, undefined);
      removed.add(name);
    },
    addBody(owner, body) {
      const added = log.addBody(owner, body);
      countLive(added, 1);
      return added;
    },
    releaseBody: (body) => countLive(body, -1),
    takeSpace() {
      if (isSpaceLow) throw noSpaceLeft();
    },
    owners: {
      quotaOf: ownerQuota,
      usedBytes(ownerId) {
        for (const name of ownerBuckets.namesOf(ownerId, { isWriting: true })) findBucket(name);
        return sumSizes(buckets.values(), ownerId);
      },
    },
    outbox,
    relax() {
      relaxed += 1;
    },
    get aftermath() {
      return aftermath;
    },
    beginStep() {
      steps += 1;
      aftermath = { files: [], hasGarbage: false };
      return aftermath;
    },
    needsFlush: () => relaxed < steps,
    end(sequence) {
      for (const [name, bucket] of buckets) {
        if (bucket !== undefined && isChanged(bucket, originals.get(name))) {
          index.buckets.put(Buffer.from(name), encodeBucket(bucket));
        }
        if (bucket === undefined && removed.has(name)) index.buckets.remove(Buffer.from(name));
      }
      outbox.end();
      for (const { key, change } of segments.values()) changeSegment(index.segments, key, { change });
      if (log.completes !== undefined) {
        changeSegment(index.segments, segmentKey(log.completes), { change: 0, completedAt: sequence });
      }
    },
  };
}

function changeSegment(
  rows: WritableTables["segments"],
  key: Buffer,
  { change, completedAt }: { readonly change: number; readonly completedAt?: number },
): void {
  const row = rows.get(key);
  const segment = row === undefined ? { liveBytes: 0, completedAt: 0 } : decodeSegment(row);
  rows.put(
    key,
    encodeSegment({ liveBytes: segment.liveBytes + change, completedAt: completedAt ?? segment.completedAt }),
  );
}

/** A batch of refusals must not become a commit. */
function isChanged(bucket: BucketState, original: BucketState | undefined): boolean {
  return (
    original === undefined ||
    original.id !== bucket.id ||
    original.versioning !== bucket.versioning ||
    original.durability !== bucket.durability ||
    original.objects !== bucket.objects ||
    original.versions !== bucket.versions ||
    original.sizeBytes !== bucket.sizeBytes ||
    original.configurationRevision !== bucket.configurationRevision ||
    original.quota !== bucket.quota ||
    original.hasObjectLock !== bucket.hasObjectLock
  );
}

/** The bucket as the index has it; a name that cannot be a key of the index is no bucket. */
export function readBucket({ buckets }: Pick<Tables, "buckets">, name: string): BucketState | undefined {
  const nameBytes = Buffer.from(name);
  if (nameBytes.length === 0 || nameBytes.length > maxBucketNameBytes) return undefined;
  const row = buckets.get(nameBytes);
  return row && decodeBucket(name, row);
}

/** Throws a `TypeError` for a name that no index can hold; whether it is a good name is the caller's to say. */
export function checkBucketName(name: Bucket["name"]): void {
  const sizeBytes = Buffer.byteLength(name);
  if (sizeBytes === 0 || sizeBytes > maxBucketNameBytes) {
    throw new TypeError(`Expected \`name\` to be 1 to ${maxBucketNameBytes} bytes, got ${sizeBytes}`);
  }
}
