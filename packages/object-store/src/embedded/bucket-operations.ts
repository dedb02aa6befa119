import type { ObjectStore } from "../object-store.ts";
import { createBucket, deleteBucket, listBuckets } from "./buckets.ts";
import type { Engine } from "./engine.ts";
import { showBucket } from "./show-records.ts";
import { readBucket } from "./transaction.ts";

type BucketOperations = Pick<
  ObjectStore,
  | "createBucket"
  | "readBucket"
  | "deleteBucket"
  | "listBuckets"
  | "putBucketVersioning"
  | "putBucketDurability"
  | "bucketUsage"
>;

export function bucketOperations(engine: Engine): BucketOperations {
  const { index, reading, writing, commit } = engine;
  return {
    createBucket: (input) => writing(() => commit(createBucket(input, engine.stamps.now))),
    async readBucket(name) {
      const bucket = reading(() => readBucket(index, name));
      return bucket && showBucket(bucket);
    },
    deleteBucket: (name) => writing(() => engine.free(deleteBucket(name))),
    async listBuckets(query) {
      return reading(() => listBuckets(index, query));
    },
    putBucketVersioning: (name, versioning) =>
      writing(() =>
        commit((transaction) => {
          transaction.bucket(name).versioning = versioning;
        }),
      ),
    putBucketDurability: (name, durability) =>
      writing(() =>
        commit((transaction) => {
          transaction.bucket(name).durability = durability;
        }),
      ),
    async bucketUsage(name) {
      const { objects, versions, sizeBytes } = reading(() => engine.bucket(name));
      return { objects, versions, sizeBytes };
    },
  };
}
