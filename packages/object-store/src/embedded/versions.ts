import { type IdSource, nextSequence, readVersionSequence } from "../ordered-id.ts";
import { checkOwnerQuota, checkQuota } from "../quota.ts";
import { releaseBlob } from "./blobs.ts";
import { currentKey, noncurrentKey, noncurrentRange } from "./index-keys.ts";
import type { Tables } from "./open-index.ts";
import type { OwnerRoom } from "./owner-usage.ts";
import { type BucketState, decodeVersion, encodeVersion, type StoredObject, type StoredVersion } from "./records.ts";
import type { Transaction } from "./transaction.ts";

// The states of a key. `current` has its newest version, `noncurrent` the others. The current row also says how many others
// there are and where the `null` one is, so that a write to a bucket without versions never looks into `noncurrent`.

/** The clock and the ids of a store. */
export type Stamps = {
  readonly now: () => Date;
  readonly ids: IdSource;
  /** Grows with every upload, so that uploads of one millisecond keep their order. */
  readonly uploadSequence: (now: Date) => number;
};

/** What a write brings; an absent object is a delete marker. */
export type VersionDraft = {
  readonly ownerId: string;
  readonly object: StoredObject | undefined;
  /** @default now */
  readonly lastModifiedMs?: number;
};

/** A key in a bucket, and its current version as the running transaction sees it. */
export type Place = {
  readonly bucket: BucketState;
  readonly key: string;
  /** Of the current version. */
  readonly indexKey: Buffer;
  readonly current: StoredVersion | undefined;
};

export type FoundVersion = { readonly stored: StoredVersion; readonly isLatest: boolean };

/** Where a step is going to write: it may be acknowledged as the bucket says. */
export function findPlace(transaction: Transaction, bucket: BucketState, key: string): Place {
  if (bucket.durability === "relaxed") transaction.relax();
  return placeOf(transaction, bucket, key);
}

/** A second place of the same step, which is relaxed once. */
export function placeOf(transaction: Transaction, bucket: BucketState, key: string): Place {
  const indexKey = currentKey(bucket.id, key);
  const row = transaction.index.current.get(indexKey);
  return { bucket, key, indexKey, current: row && decodeVersion(row) };
}

export function readCurrent(index: Tables, bucketId: number, key: string): StoredVersion | undefined {
  const row = index.current.get(currentKey(bucketId, key));
  return row && decodeVersion(row);
}

/** The current version of a key, or the named one. An id that is malformed is not found. */
export function findVersion(
  index: Tables,
  bucketId: number,
  { key, versionId }: { readonly key: string; readonly versionId?: string },
): FoundVersion | undefined {
  const current = readCurrent(index, bucketId, key);
  if (current === undefined) return undefined;
  if (versionId === undefined || current.versionId === versionId) return { stored: current, isLatest: true };
  const sequence = versionId === "null" ? current.olderNull : readVersionSequence(versionId);
  if (current.olderCount === 0 || sequence === undefined || sequence === 0) return undefined;
  const row = index.noncurrent.get(noncurrentKey(bucketId, key, sequence));
  const stored = row && decodeVersion(row);
  return stored?.versionId === versionId ? { stored, isLatest: false } : undefined;
}

/** Throws `QuotaExceeded` when a write of this size would; to be asked before anything of it is written. */
export function checkGrowth(
  { bucket, current }: Pick<Place, "bucket" | "current">,
  sizeBytes: number,
  owners: OwnerRoom,
): void {
  const ownerQuota = owners.quotaOf(bucket.ownerId);
  if (bucket.quota === undefined && ownerQuota === undefined) return;
  const replaced = bucket.versioning !== "Enabled" && current?.versionId === "null" ? current.object : undefined;
  const growth = {
    versions: replaced === undefined ? 1 : 0,
    sizeBytes: sizeBytes - (replaced?.sizeBytes ?? 0),
  };
  checkQuota(bucket, bucket.quota, growth);
  if (ownerQuota === undefined) return;
  checkOwnerQuota(bucket, { maxSizeBytes: ownerQuota, usedBytes: owners.usedBytes(bucket.ownerId) }, growth);
}

/** Adds the newest version of a key by the rules of the bucket's versioning. */
export function addVersion(transaction: Transaction, place: Place, draft: VersionDraft, stamps: Stamps): StoredVersion {
  const { bucket, indexKey, current } = place;
  const now = stamps.now();
  const sequence = nextSequence(now, current?.sequence);
  const isVersioned = bucket.versioning === "Enabled";
  const older = isVersioned ? keepCurrent(transaction, place) : replaceNull(transaction, place);
  const added: StoredVersion = {
    ...older,
    ownerId: draft.ownerId,
    object: draft.object,
    versionId: isVersioned ? stamps.ids.versionId(sequence) : "null",
    sequence,
    lastModifiedMs: draft.lastModifiedMs ?? now.getTime(),
  };
  count(bucket, added, 1);
  countCurrent(bucket, current, added);
  transaction.index.current.put(indexKey, encodeVersion(added));
  return added;
}

/** The only version of a key gets other bytes. Whether the old ones are released is the caller's to know. */
export function changeCurrent(
  transaction: Transaction,
  { bucket, indexKey, current }: Place,
  object: StoredObject,
  { now: clock }: Stamps,
): StoredVersion {
  if (current === undefined) throw new TypeError("Expected a version to change, got none");
  const now = clock();
  const changed = { ...current, object, sequence: nextSequence(now, current.sequence), lastModifiedMs: now.getTime() };
  count(bucket, current, -1);
  count(bucket, changed, 1);
  transaction.index.current.put(indexKey, encodeVersion(changed));
  return changed;
}

/** The only version of a key goes, and its bytes stay: another key has them now. */
export function dropCurrent(transaction: Transaction, { bucket, indexKey, current }: Place): void {
  if (current === undefined) return;
  count(bucket, current, -1);
  countCurrent(bucket, current, undefined);
  transaction.index.current.remove(indexKey);
}

/** Removes one version for good; when it was the current one, the next newest takes its place. */
export function removeVersion(transaction: Transaction, place: Place, { stored, isLatest }: FoundVersion): void {
  const { bucket, key, current } = place;
  count(bucket, stored, -1);
  releaseBlob(transaction, stored.object?.blob ?? null);
  if (isLatest) {
    promote(transaction, place);
    return;
  }
  transaction.index.noncurrent.remove(noncurrentKey(bucket.id, key, stored.sequence));
  if (current === undefined) return;
  const olderNull = stored.versionId === "null" ? 0 : current.olderNull;
  const changed = { ...current, olderCount: current.olderCount - 1, olderNull };
  transaction.index.current.put(currentKey(bucket.id, key), encodeVersion(changed));
}

type Older = Pick<StoredVersion, "olderCount" | "olderNull">;

/** The current version becomes noncurrent. */
function keepCurrent({ index }: Transaction, { bucket, key, current }: Place): Older {
  if (current === undefined) return { olderCount: 0, olderNull: 0 };
  index.noncurrent.put(
    noncurrentKey(bucket.id, key, current.sequence),
    encodeVersion({ ...current, olderCount: 0, olderNull: 0 }),
  );
  return {
    olderCount: current.olderCount + 1,
    olderNull: current.versionId === "null" ? current.sequence : current.olderNull,
  };
}

/** The `null` version goes, wherever it is; any other current version becomes noncurrent. */
function replaceNull(transaction: Transaction, place: Place): Older {
  const { bucket, key, current } = place;
  if (current?.versionId === "null") {
    count(bucket, current, -1);
    releaseBlob(transaction, current.object?.blob ?? null);
    return { olderCount: current.olderCount, olderNull: 0 };
  }
  const { olderCount, olderNull } = keepCurrent(transaction, place);
  if (olderNull === 0) return { olderCount, olderNull };
  const nullKey = noncurrentKey(bucket.id, key, olderNull);
  const row = transaction.index.noncurrent.get(nullKey);
  if (row === undefined) return { olderCount, olderNull: 0 };
  const replaced = decodeVersion(row);
  transaction.index.noncurrent.remove(nullKey);
  count(bucket, replaced, -1);
  releaseBlob(transaction, replaced.object?.blob ?? null);
  return { olderCount: olderCount - 1, olderNull: 0 };
}

function promote({ index }: Transaction, { bucket, key, current }: Place): void {
  const next = current === undefined || current.olderCount === 0 ? undefined : readNewestOlder(index, bucket.id, key);
  if (current === undefined || next === undefined) {
    countCurrent(bucket, current, undefined);
    index.current.remove(currentKey(bucket.id, key));
    return;
  }
  const promoted: StoredVersion = {
    ...next,
    olderCount: current.olderCount - 1,
    olderNull: next.versionId === "null" ? 0 : current.olderNull,
  };
  countCurrent(bucket, current, promoted);
  index.noncurrent.remove(noncurrentKey(bucket.id, key, next.sequence));
  index.current.put(currentKey(bucket.id, key), encodeVersion(promoted));
}

function readNewestOlder(index: Tables, bucketId: number, key: string): StoredVersion | undefined {
  for (const { value } of index.noncurrent.getRange({ ...noncurrentRange(bucketId, key), limit: 1 })) {
    return decodeVersion(value);
  }
  return undefined;
}

function count(bucket: BucketState, { object }: StoredVersion, change: 1 | -1): void {
  if (object === undefined) return;
  bucket.versions += change;
  bucket.sizeBytes += change * object.sizeBytes;
}

function countCurrent(bucket: BucketState, before: StoredVersion | undefined, after: StoredVersion | undefined): void {
  bucket.objects += Number(after?.object !== undefined) - Number(before?.object !== undefined);
}
