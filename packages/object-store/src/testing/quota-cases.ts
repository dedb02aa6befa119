import { deepEqual } from "node:assert/strict";
import {
  bodyOf,
  createBucket,
  failingBody,
  minPartBytes,
  open,
  patterned,
  plain,
  put,
  refuses,
  rule,
} from "./case-tools.ts";

const unread = () => failingBody(new Error("the body was read"));

export const quotaCases = [
  rule("refuses what would exceed the quota of a bucket, and takes what fits", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketQuota(bucket, { maxSizeBytes: 10 });
    deepEqual((await store.readBucket(bucket))?.quota, { maxSizeBytes: 10 });

    await put(store, bucket, "a", "12345678");
    await refuses(put(store, bucket, "b", "123"), "QuotaExceeded", { BucketName: bucket });
    await put(store, bucket, "b", "12");

    await store.putBucketQuota(bucket, undefined);
    await put(store, bucket, "c", "now there is none");
  }),

  rule("refuses by quota before the body is read, when its size is known", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketQuota(bucket, { maxSizeBytes: 10 });
    const input = { ...plain, declaredSizeBytes: 11 };

    await refuses(store.putObject({ bucket, key: "a" }, unread(), input), "QuotaExceeded");

    const upload = await store.createUpload({ bucket, key: "a" }, plain);
    const part = { partNumber: 1, declaredSizeBytes: 11 };
    await refuses(store.putPart(upload, unread(), part), "QuotaExceeded");
  }),

  rule("counts what is replaced against what comes", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "12345678");
    await store.putBucketQuota(bucket, { maxSizeBytes: 8, maxVersions: 1 });

    await put(store, bucket, "a", "87654321");
    await refuses(put(store, bucket, "a", "123456789"), "QuotaExceeded");
    await refuses(put(store, bucket, "b", ""), "QuotaExceeded");
    await put(store, bucket, "a", "less");

    await store.putBucketVersioning(bucket, "Enabled");
    await refuses(put(store, bucket, "a", "x"), "QuotaExceeded");
    await store.deleteObject({ bucket, key: "a" });
  }),

  rule("applies the quota to copies and to completed uploads", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "12345678");
    const upload = await store.createUpload({ bucket, key: "b" }, plain);
    const parts = [
      await store.putPart(upload, bodyOf(patterned(minPartBytes)), { partNumber: 1 }),
      await store.putPart(upload, bodyOf("end"), { partNumber: 2 }),
    ];
    await store.putBucketQuota(bucket, { maxSizeBytes: 15 });

    const source = await open(store, bucket, "a");
    await refuses(store.copyObject(source, { bucket, key: "c" }, plain), "QuotaExceeded");
    await source.close();
    await refuses(store.completeUpload(upload, { parts }), "QuotaExceeded");

    await store.putBucketQuota(bucket, { maxSizeBytes: minPartBytes + 11 });
    await store.completeUpload(upload, { parts });
  }),
];
