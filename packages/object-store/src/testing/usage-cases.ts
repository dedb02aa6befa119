import { deepEqual } from "node:assert/strict";
import type { BucketUsage, ObjectStore } from "../object-store.ts";
import { bodyOf, createBucket, failingBody, minPartBytes, open, patterned, plain, put, rule } from "./case-tools.ts";

async function expectUsage(store: ObjectStore, bucket: string, expected: readonly number[]): Promise<void> {
  const { objects, versions, sizeBytes }: BucketUsage = await store.bucketUsage(bucket);
  deepEqual([objects, versions, sizeBytes], expected);
}

export const usageCases = [
  rule("counts objects, versions and bytes exactly after every kind of write", async (store) => {
    const bucket = await createBucket(store);
    const address = { bucket, key: "a" };
    await expectUsage(store, bucket, [0, 0, 0]);
    await put(store, bucket, "a", "12345");
    await expectUsage(store, bucket, [1, 1, 5]);
    await put(store, bucket, "a", "123");
    await expectUsage(store, bucket, [1, 1, 3]);
    await store.putBucketVersioning(bucket, "Enabled");
    const second = await put(store, bucket, "a", "1234567");
    await expectUsage(store, bucket, [1, 2, 10]);
    const marker = await store.deleteObject(address);
    await expectUsage(store, bucket, [0, 2, 10]);
    await store.deleteObject(address);
    await expectUsage(store, bucket, [0, 2, 10]);
    await store.deleteObject(address, { versionId: marker.versionId ?? "" });
    await expectUsage(store, bucket, [0, 2, 10]);
    await store.putBucketVersioning(bucket, "Suspended");
    await store.deleteObject(address);
    await expectUsage(store, bucket, [0, 1, 7]);
    await put(store, bucket, "a", "n");
    await expectUsage(store, bucket, [1, 2, 8]);
    await store.deleteObject(address, { versionId: "null" });
    await expectUsage(store, bucket, [0, 1, 7]);
    await store.deleteObject(address, { versionId: second.versionId });
    await expectUsage(store, bucket, [0, 0, 0]);
  }),

  rule("counts copies in full, and what is refused not at all", async (store) => {
    const bucket = await createBucket(store);
    await store.putObject({ bucket, key: "a" }, bodyOf(patterned(50_000)), plain);
    const source = await open(store, bucket, "a");
    await store.copyObject(source, { bucket, key: "b" }, plain);
    await source.close();
    await expectUsage(store, bucket, [2, 2, 100_000]);

    const cut = new Error("cut");
    await store.putObject({ bucket, key: "c" }, failingBody(cut, patterned(50_000)), plain).catch(() => {});
    await store
      .putObject({ bucket, key: "a" }, bodyOf("x"), { ...plain, conditions: { ifNoneMatch: "*" } })
      .catch(() => {});
    await store.deleteObject({ bucket, key: "absent" });

    await expectUsage(store, bucket, [2, 2, 100_000]);
  }),

  rule("counts a multipart object when it is completed, not its parts before", async (store) => {
    const bucket = await createBucket(store);
    const upload = await store.createUpload({ bucket, key: "a" }, plain);
    const parts = [
      await store.putPart(upload, bodyOf(patterned(minPartBytes)), { partNumber: 1 }),
      await store.putPart(upload, bodyOf("end"), { partNumber: 2 }),
    ];
    await expectUsage(store, bucket, [0, 0, 0]);

    await store.completeUpload(upload, { parts });
    await store.completeUpload(upload, { parts });
    await expectUsage(store, bucket, [1, 1, minPartBytes + 3]);
    await store.deleteObject({ bucket, key: "a" });

    await expectUsage(store, bucket, [0, 0, 0]);
  }),

  rule("counts right when many write at once", async (store) => {
    const bucket = await createBucket(store);
    const keys = Array.from({ length: 100 }, (_, at) => `k${at % 40}`);

    await Promise.all(keys.map((key) => put(store, bucket, key, "1234")));
    await expectUsage(store, bucket, [40, 40, 160]);
    await Promise.all(keys.slice(0, 10).map((key) => store.deleteObject({ bucket, key })));

    await expectUsage(store, bucket, [30, 30, 120]);
  }),

  rule("keeps the counts of buckets apart", async (store) => {
    const one = await createBucket(store, "one");
    const two = await createBucket(store, "two");

    await Promise.all([put(store, one, "a", "1"), put(store, two, "a", "22"), put(store, two, "b", "333")]);

    await expectUsage(store, one, [1, 1, 1]);
    await expectUsage(store, two, [2, 2, 5]);
  }),
];
