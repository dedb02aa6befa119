import { deepEqual, equal, ok } from "node:assert/strict";
import { bodyOf, createBucket, plain, put, refuses, rule } from "./case-tools.ts";

export const bucketCases = [
  rule("creates a bucket and reads it back", async (store) => {
    const created = await store.createBucket({ name: "photos", ownerId: "alice" });

    equal(created.name, "photos");
    equal(created.ownerId, "alice");
    ok(created.createdAt instanceof Date);
    ok(!("versioning" in created));
    deepEqual(await store.readBucket("photos"), created);
    equal(await store.readBucket("other"), undefined);
  }),

  rule("refuses a bucket name that is taken, with another code for its owner", async (store) => {
    await store.createBucket({ name: "photos", ownerId: "alice" });

    await refuses(store.createBucket({ name: "photos", ownerId: "alice" }), "BucketAlreadyOwnedByYou");
    await refuses(store.createBucket({ name: "photos", ownerId: "bob" }), "BucketAlreadyExists", {
      BucketName: "photos",
    });
  }),

  rule("lets one of many concurrent creators of a bucket win", async (store) => {
    const creations = Array.from({ length: 16 }, (_, at) =>
      store.createBucket({ name: "race", ownerId: `owner-${at}` }),
    );

    const settled = await Promise.allSettled(creations);

    equal(settled.filter(({ status }) => status === "fulfilled").length, 1);
  }),

  rule("lists buckets by name, by owner and by prefix, a page at a time", async (store) => {
    for (const name of ["beta", "alpha", "delta", "alpine"]) {
      await store.createBucket({ name, ownerId: name === "delta" ? "bob" : "alice" });
    }
    const list = async (query: { ownerId?: string; prefix?: string; after?: string; maxBuckets: number }) => {
      const { buckets, isTruncated } = await store.listBuckets(query);
      return [...buckets.map(({ name }) => name), isTruncated];
    };

    deepEqual(await list({ maxBuckets: 10 }), ["alpha", "alpine", "beta", "delta", false]);
    deepEqual(await list({ maxBuckets: 2 }), ["alpha", "alpine", true]);
    deepEqual(await list({ maxBuckets: 2, after: "alpine" }), ["beta", "delta", false]);
    deepEqual(await list({ maxBuckets: 10, prefix: "al" }), ["alpha", "alpine", false]);
    deepEqual(await list({ maxBuckets: 10, prefix: "al", after: "alpha" }), ["alpine", false]);
    deepEqual(await list({ maxBuckets: 10, prefix: "al", after: "b" }), [false]);
    deepEqual(await list({ maxBuckets: 10, ownerId: "alice" }), ["alpha", "alpine", "beta", false]);
    deepEqual(await list({ maxBuckets: 3, ownerId: "alice" }), ["alpha", "alpine", "beta", false]);
    deepEqual(await list({ maxBuckets: 0 }), [false]);
  }),

  rule("deletes an empty bucket, and only an empty one", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");

    await refuses(store.deleteBucket(bucket), "BucketNotEmpty");
    await store.deleteObject({ bucket, key: "a" });
    await store.deleteBucket(bucket);

    equal(await store.readBucket(bucket), undefined);
    await refuses(store.deleteBucket(bucket), "NoSuchBucket", { BucketName: bucket });
  }),

  rule("does not delete a bucket with noncurrent versions or delete markers", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    const { versionId } = await put(store, bucket, "a");
    const marker = await store.deleteObject({ bucket, key: "a" });

    await refuses(store.deleteBucket(bucket), "BucketNotEmpty");
    await store.deleteObject({ bucket, key: "a" }, { versionId });
    await refuses(store.deleteBucket(bucket), "BucketNotEmpty");
    await store.deleteObject(
      { bucket, key: "a" },
      marker.versionId === undefined ? {} : { versionId: marker.versionId },
    );
    await store.deleteBucket(bucket);
  }),

  rule("aborts the unfinished uploads of a deleted bucket, for its successor too", async (store) => {
    const bucket = await createBucket(store);
    const upload = await store.createUpload({ bucket, key: "a" }, plain);
    await store.putPart(upload, bodyOf("part"), { partNumber: 1 });

    await store.deleteBucket(bucket);
    await createBucket(store);

    equal(await store.readUpload(upload), undefined);
    deepEqual((await store.listUploads(bucket, { maxUploads: 10 })).uploads, []);
    await refuses(store.putPart(upload, bodyOf("part"), { partNumber: 1 }), "NoSuchUpload");
  }),

  rule("turns versioning on and off, but never back to unset", async (store) => {
    const bucket = await createBucket(store);

    await store.putBucketVersioning(bucket, "Enabled");
    equal((await store.readBucket(bucket))?.versioning, "Enabled");
    await store.putBucketVersioning(bucket, "Suspended");
    equal((await store.readBucket(bucket))?.versioning, "Suspended");
  }),

  rule("answers NoSuchBucket from every method that takes a bucket", async (store) => {
    const address = { bucket: "absent", key: "a" };
    const upload = { ...address, uploadId: "u" };

    const attempts = [
      store.deleteBucket("absent"),
      store.putBucketVersioning("absent", "Enabled"),
      store.bucketUsage("absent"),
      store.putObject(address, bodyOf("x"), plain),
      store.headObject(address),
      store.openObject(address),
      store.deleteObject(address),
      store.listObjects("absent", { maxKeys: 1 }),
      store.listVersions("absent", { maxKeys: 1 }),
      store.createUpload(address, plain),
      store.readUpload(upload),
      store.putPart(upload, bodyOf("x"), { partNumber: 1 }),
      store.listParts(upload, { maxParts: 1 }),
      store.completeUpload(upload, { parts: [{ partNumber: 1, etag: "e" }] }),
      store.abortUpload(upload),
      store.listUploads("absent", { maxUploads: 1 }),
    ];

    for (const attempt of attempts) attempt.catch(() => {}); // each is looked at below
    for (const attempt of attempts) await refuses(attempt, "NoSuchBucket");
  }),
];
