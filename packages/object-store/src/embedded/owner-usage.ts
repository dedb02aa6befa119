import { readNumber, type Tables } from "./open-index.ts";
import { type BucketState, decodeBucket } from "./records.ts";

/** How much an owner may have in all buckets together, and has. */
export interface OwnerRoom {
  /** In bytes; undefined for who has no limit. Asked with every write. */
  quotaOf(ownerId: string): number | undefined;
  usedBytes(ownerId: string): number;
}

/** The names of an owner's buckets, so that few rows need to be read of many. */
export interface OwnerBuckets {
  /** In a look-up, or in a transaction (`isWriting`), which may have made buckets that no row shows yet. */
  namesOf(ownerId: string, options: { readonly isWriting: boolean }): readonly string[];
}

/** A name that is somebody else's by now, or nobody's, may be among them. */
export function createOwnerBuckets(index: Pick<Tables, "buckets" | "meta">): OwnerBuckets {
  const known = new Map<string, { readonly nextId: number; readonly names: readonly string[] }>();
  return {
    namesOf(ownerId, { isWriting }) {
      // It grows with each bucket that is made, by whatever process.
      const nextId = readNumber(index, "nextBucketId", 1);
      const found = known.get(ownerId);
      if (found?.nextId === nextId) return found.names;
      const names: string[] = [];
      for (const { key, value } of index.buckets.getRange({})) {
        const bucket = decodeBucket(key.toString(), value);
        if (bucket.ownerId === ownerId) names.push(bucket.name);
      }
      if (!isWriting) known.set(ownerId, { nextId, names });
      return names;
    },
  };
}

export function sumSizes(buckets: Iterable<BucketState | undefined>, ownerId: string): number {
  let sizeBytes = 0;
  for (const bucket of buckets) if (bucket?.ownerId === ownerId) sizeBytes += bucket.sizeBytes;
  return sizeBytes;
}
