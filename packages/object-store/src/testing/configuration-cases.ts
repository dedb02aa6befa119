import { deepEqual, equal, ok } from "node:assert/strict";
import { createBucket, refuses, rule } from "./case-tools.ts";

export const configurationCases = [
  rule("keeps configurations with their bucket and counts their changes", async (store) => {
    const bucket = await createBucket(store);
    const other = await createBucket(store, "other");
    equal((await store.readBucket(bucket))?.configurationRevision, 0);

    await store.putBucketConfiguration(bucket, "cors", "<a/>");
    await store.putBucketConfiguration(bucket, "policy", "{}");
    await store.putBucketConfiguration(bucket, "cors", "<b/>");

    const { revision, documents } = await store.readBucketConfigurations(bucket);
    deepEqual(Object.fromEntries(documents), { cors: "<b/>", policy: "{}" });
    equal((await store.readBucket(bucket))?.configurationRevision, revision);
    deepEqual((await store.readBucketConfigurations(other)).documents.size, 0);

    await store.putBucketConfiguration(bucket, "cors", undefined);
    await store.putBucketConfiguration(bucket, "absent", undefined);
    const after = await store.readBucketConfigurations(bucket);
    deepEqual([...after.documents.keys()], ["policy"]);
    ok(after.revision > revision);
  }),

  rule("gives a bucket of the same name none of the configurations of a deleted one", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketConfiguration(bucket, "cors", "<a/>");
    await store.putBucketQuota(bucket, { maxVersions: 1 });
    await store.deleteBucket(bucket);
    await createBucket(store);

    deepEqual((await store.readBucketConfigurations(bucket)).documents.size, 0);
    equal((await store.readBucket(bucket))?.quota, undefined);
  }),

  rule("refuses to configure a bucket that is not there", async (store) => {
    await refuses(store.readBucketConfigurations("nowhere"), "NoSuchBucket");
    await refuses(store.putBucketConfiguration("nowhere", "cors", "<a/>"), "NoSuchBucket");
    await refuses(store.putBucketConfiguration("nowhere", "cors", undefined), "NoSuchBucket");
    await refuses(store.putBucketQuota("nowhere", {}), "NoSuchBucket");
    await refuses(store.enableObjectLock("nowhere"), "NoSuchBucket");
  }),
];
