import type { ObjectStore } from "../object-store.ts";
import { lockNeedsVersioning, versioningIsLocked } from "../refusals.ts";
import { putConfiguration, readConfigurations } from "./bucket-configurations.ts";
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
  | "enableObjectLock"
  | "putBucketDurability"
  | "putBucketQuota"
  | "readBucketConfigurations"
  | "putBucketConfiguration"
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
          const bucket = transaction.bucket(name);
          if (bucket.hasObjectLock && versioning !== "Enabled") throw versioningIsLocked(name);
          bucket.versioning = versioning;
        }),
      ),
    enableObjectLock: (name) =>
      writing(() =>
        commit((transaction) => {
          const bucket = transaction.bucket(name);
          if (bucket.versioning !== "Enabled") throw lockNeedsVersioning(name);
          bucket.hasObjectLock = true;
        }),
      ),
    putBucketDurability: (name, durability) =>
      writing(() =>
        commit((transaction) => {
          transaction.bucket(name).durability = durability;
        }),
      ),
    putBucketQuota: (name, quota) =>
      writing(() =>
        commit((transaction) => {
          transaction.bucket(name).quota = quota;
        }),
      ),
    async readBucketConfigurations(name) {
      return reading(() => readConfigurations(index, engine.bucket(name)));
    },
    putBucketConfiguration: (name, configuration, document) =>
      writing(() => {
        const step = putConfiguration(name, configuration, document);
        return document === undefined ? engine.free(step) : commit(step);
      }),
    async bucketUsage(name) {
      const { objects, versions, sizeBytes } = reading(() => engine.bucket(name));
      return { objects, versions, sizeBytes };
    },
  };
}
