import type { Bucket, ObjectStore } from "../object-store.ts";
import { bucketExists, bucketNotEmpty } from "../refusals.ts";
import type { Step } from "./committer.ts";
import { bucketGarbageKey } from "./garbage-keys.ts";
import { configurationRange, prefixRange } from "./index-keys.ts";
import { readNumber, type Tables, writeNumber } from "./open-index.ts";
import { type BucketState, decodeBucket } from "./records.ts";
import { showBucket } from "./show-records.ts";
import { checkBucketName } from "./transaction.ts";

/** Ids are never used again, so that what is left of a deleted bucket cannot show up in its successor. */
export function createBucket(
  { name, ownerId, hasObjectLock = false }: Parameters<ObjectStore["createBucket"]>[0],
  now: () => Date,
): Step<Bucket> {
  checkBucketName(name);
  return (transaction) => {
    const existing = transaction.findBucket(name);
    if (existing !== undefined) throw bucketExists(existing, ownerId);
    const id = readNumber(transaction.index, "nextBucketId", 1);
    writeNumber(transaction.index, "nextBucketId", id + 1);
    const createdAtMs = now().getTime();
    const bucket: BucketState = {
      name,
      id,
      ownerId,
      createdAtMs,
      versioning: hasObjectLock ? "Enabled" : undefined,
      durability: "strict",
      objects: 0,
      versions: 0,
      sizeBytes: 0,
      configurationRevision: 0,
      quota: undefined,
      hasObjectLock,
    };
    transaction.addBucket(bucket);
    return showBucket(bucket);
  };
}

export function deleteBucket(name: string): Step<void> {
  return (transaction) => {
    const { id } = transaction.bucket(name);
    const { index, aftermath } = transaction;
    const range = prefixRange(id, "") ?? {};
    if (hasRows(index.current, range)) throw bucketNotEmpty(name);
    transaction.removeBucket(name);
    for (const key of [...index.configurations.getKeys(configurationRange(id))]) index.configurations.remove(key);
    if (!hasRows(index.uploads, range)) return;
    index.garbage.put(bucketGarbageKey(id), 1);
    aftermath.hasGarbage = true;
  };
}

type ListBuckets = ObjectStore["listBuckets"];

export function listBuckets(
  index: Tables,
  { ownerId, prefix = "", after = "", maxBuckets }: Parameters<ListBuckets>[0],
): Awaited<ReturnType<ListBuckets>> {
  const buckets: Bucket[] = [];
  const [first, second] = [Buffer.from(prefix), Buffer.from(`${after}\0`)];
  const start = (Buffer.compare(first, second) > 0 ? first : second).subarray(0, 256); // longer than any name is as good
  for (const { key, value } of index.buckets.getRange({ start })) {
    const bucket = decodeBucket(key.toString(), value);
    if (!bucket.name.startsWith(prefix)) break;
    if (ownerId !== undefined && bucket.ownerId !== ownerId) continue;
    if (buckets.length >= maxBuckets) return { buckets, isTruncated: maxBuckets > 0 };
    buckets.push(showBucket(bucket));
  }
  return { buckets, isTruncated: false };
}

function hasRows(rows: { getKeys(range: object): Iterable<unknown> }, range: object): boolean {
  for (const _ of rows.getKeys({ ...range, limit: 1 })) return true;
  return false;
}
