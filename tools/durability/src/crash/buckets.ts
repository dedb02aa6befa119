import type { EmbeddedStore } from "@stave/object-store";

/** The buckets of the load: flushed, with versions, and one whose writes may be acknowledged before they are flushed. */
export const plainBucket = "crash-plain";
export const versionedBucket = "crash-versions";
export const relaxedBucket = "crash-relaxed";

export const bucketNames = [plainBucket, versionedBucket, relaxedBucket] as const;

export const ownerId = "crash";

/** `isAllRelaxed`: nothing is flushed, though all is judged as if it were; the negative control. */
export async function prepareBuckets(store: EmbeddedStore, { isAllRelaxed }: { isAllRelaxed: boolean }): Promise<void> {
  for (const name of bucketNames) {
    await store.createBucket({ name, ownerId });
    if (isAllRelaxed || name === relaxedBucket) await store.putBucketDurability(name, "relaxed");
  }
  await store.putBucketVersioning(versionedBucket, "Enabled");
}
