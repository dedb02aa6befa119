import type { Bucket } from "../object-store.ts";
import { noSuchBucket } from "../refusals.ts";
import type { BlobRef } from "./blob-ref.ts";
import type { Index } from "./open-index.ts";
import { type BucketState, decodeBucket, encodeBucket } from "./records.ts";

/** lmdb's limit is 1,978 bytes; the protocol's is 63. */
const maxBucketNameBytes = 255;

/** What is left to do when a step has been committed. */
export type Aftermath = {
  /** Files nothing refers to any more. */
  readonly files: BlobRef[];
  /** True when the step put something into `garbage`. */
  hasGarbage: boolean;
};

/** What a step may use: the index inside a write transaction, which sees the steps before it in the batch. */
export interface Transaction {
  readonly index: Index;
  /** Throws `NoSuchBucket`. Counters changed in it are written when the batch ends. */
  bucket(name: string): BucketState;
  findBucket(name: string): BucketState | undefined;
  addBucket(bucket: BucketState): void;
  removeBucket(name: string): void;
  /** For what the running step leaves behind. */
  readonly aftermath: Aftermath;
}

export interface BatchTransaction extends Transaction {
  /** Starts a step: its aftermath is the returned one. */
  beginStep(): Aftermath;
  /** Writes back the buckets, once for the batch: 64 writers to one bucket change one row. */
  end(): void;
}

export function createTransaction(index: Index): BatchTransaction {
  const buckets = new Map<string, BucketState | undefined>();
  const originals = new Map<string, BucketState>();
  const removed = new Set<string>();
  let aftermath: Aftermath = { files: [], hasGarbage: false };

  const findBucket = (name: string): BucketState | undefined => {
    if (buckets.has(name)) return buckets.get(name);
    const bucket = readBucket(index, name);
    buckets.set(name, bucket);
    if (bucket !== undefined) originals.set(name, { ...bucket });
    return bucket;
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
    get aftermath() {
      return aftermath;
    },
    beginStep() {
      aftermath = { files: [], hasGarbage: false };
      return aftermath;
    },
    end() {
      for (const [name, bucket] of buckets) {
        if (bucket !== undefined && isChanged(bucket, originals.get(name))) {
          index.buckets.put(Buffer.from(name), encodeBucket(bucket));
        }
        if (bucket === undefined && removed.has(name)) index.buckets.remove(Buffer.from(name));
      }
    },
  };
}

/** A batch of refusals must not become a commit. */
function isChanged(bucket: BucketState, original: BucketState | undefined): boolean {
  return (
    original === undefined ||
    original.id !== bucket.id ||
    original.versioning !== bucket.versioning ||
    original.objects !== bucket.objects ||
    original.versions !== bucket.versions ||
    original.sizeBytes !== bucket.sizeBytes
  );
}

/** The bucket as the index has it; a name that cannot be a key of the index is no bucket. */
export function readBucket(index: Index, name: string): BucketState | undefined {
  const nameBytes = Buffer.from(name);
  if (nameBytes.length === 0 || nameBytes.length > maxBucketNameBytes) return undefined;
  const row = index.buckets.get(nameBytes);
  return row && decodeBucket(name, row);
}

/** Throws a `TypeError` for a name that no index can hold; whether it is a good name is the caller's to say. */
export function checkBucketName(name: Bucket["name"]): void {
  const sizeBytes = Buffer.byteLength(name);
  if (sizeBytes === 0 || sizeBytes > maxBucketNameBytes) {
    throw new TypeError(`Expected \`name\` to be 1 to ${maxBucketNameBytes} bytes, got ${sizeBytes}`);
  }
}
