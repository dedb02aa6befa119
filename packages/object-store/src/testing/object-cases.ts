import { deepEqual, equal, ok } from "node:assert/strict";
import { bodyOf, createBucket, md5Of, open, plain, put, readText, refuses, rule } from "./case-tools.ts";

export const objectCases = [
  rule("stores an object and gives back its bytes and what was said about it", async (store) => {
    const bucket = await createBucket(store);
    const metadata = {
      headers: { "content-type": "image/png", "cache-control": "no-store" },
      user: { camera: "café", empty: "", __proto__x: "1" },
    };
    const checksum = { algorithm: "CRC32", type: "FULL_OBJECT", value: "i9aeUg==" } as const;

    const stored = await store.putObject({ bucket, key: "a" }, bodyOf("hello", " world"), {
      ownerId: "alice",
      metadata,
      checksum: () => checksum,
    });

    equal(stored.key, "a");
    equal(stored.versionId, "null");
    equal(stored.isLatest, true);
    equal(stored.isDeleteMarker, false);
    equal(stored.ownerId, "alice");
    equal(stored.sizeBytes, 11);
    equal(stored.etag, md5Of("hello world"));
    equal(stored.lastModified.getMilliseconds(), stored.lastModified.getTime() % 1000);
    deepEqual(stored.metadata, metadata);
    deepEqual(stored.checksum, checksum);
    ok(!("partsCount" in stored));
    deepEqual(await store.headObject({ bucket, key: "a" }), stored);
    const opened = await open(store, bucket, "a");
    deepEqual(opened.version, stored);
    equal(await opened.part(1), undefined);
    deepEqual(await opened.listParts({ maxParts: 10 }), { parts: [], isTruncated: false });
    await opened.close();
    equal(await readText(store, bucket, "a"), "hello world");
  }),

  rule("keeps metadata whose names are those of every object", async (store) => {
    const bucket = await createBucket(store);
    const user = Object.fromEntries([
      ["__proto__", "1"],
      ["constructor", "2"],
      ["tostring", "3"],
    ]);

    await store.putObject({ bucket, key: "a" }, bodyOf("x"), { ...plain, metadata: { headers: {}, user } });

    const found = await store.headObject({ bucket, key: "a" });
    deepEqual(found?.isDeleteMarker === false && Object.entries(found.metadata.user), Object.entries(user));
  }),

  rule("leaves out a checksum when there is none", async (store) => {
    const bucket = await createBucket(store);

    const stored = await store.putObject({ bucket, key: "a" }, bodyOf("x"), { ...plain, checksum: () => undefined });

    ok(!("checksum" in stored));
  }),

  rule("answers undefined for a key and for a version that do not exist", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");

    equal(await store.headObject({ bucket, key: "b" }), undefined);
    equal(await store.openObject({ bucket, key: "b" }), undefined);
    for (const versionId of ["x", "", "../..", "A".repeat(32), "A".repeat(5000), "\0", "nul"]) {
      equal(await store.headObject({ bucket, key: "a" }, versionId), undefined, versionId);
      equal(await store.openObject({ bucket, key: "a" }, versionId), undefined, versionId);
    }
    ok(await store.headObject({ bucket, key: "a" }, "null"));
  }),

  rule("replaces an object whole: bytes, metadata and checksum", async (store) => {
    const bucket = await createBucket(store);
    await store.putObject({ bucket, key: "a" }, bodyOf("old"), {
      ownerId: "alice",
      metadata: { headers: { "content-type": "a/b" }, user: { x: "1" } },
      checksum: () => ({ algorithm: "CRC32", type: "FULL_OBJECT", value: "AAAAAA==" }),
    });

    const stored = await store.putObject({ bucket, key: "a" }, bodyOf("new"), {
      ownerId: "bob",
      metadata: { headers: {}, user: {} },
    });

    equal(await readText(store, bucket, "a"), "new");
    equal(stored.ownerId, "bob");
    deepEqual(stored.metadata, { headers: {}, user: {} });
    ok(!("checksum" in stored));
    equal((await store.listVersions(bucket, { maxKeys: 10 })).versions.length, 1);
  }),

  rule("deletes an object, and resolves for a key that is not there", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");

    deepEqual(await store.deleteObject({ bucket, key: "a" }), { isDeleteMarker: false });
    deepEqual(await store.deleteObject({ bucket, key: "a" }), { isDeleteMarker: false });

    equal(await store.headObject({ bucket, key: "a" }), undefined);
    deepEqual((await store.listObjects(bucket, { maxKeys: 10 })).objects, []);
  }),

  rule("deletes the null version by its id in a bucket that never had versions", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");

    deepEqual(await store.deleteObject({ bucket, key: "a" }, { versionId: "A".repeat(32) }), { isDeleteMarker: false });
    ok(await store.headObject({ bucket, key: "a" }));
    deepEqual(await store.deleteObject({ bucket, key: "a" }, { versionId: "null" }), { isDeleteMarker: false });
    equal(await store.headObject({ bucket, key: "a" }), undefined);
  }),

  rule("shows every acknowledged write to the reads that follow it", async (store) => {
    const bucket = await createBucket(store);

    for (let round = 0; round < 20; round += 1) {
      await put(store, bucket, "a", `round ${round}`);
      equal(await readText(store, bucket, "a"), `round ${round}`);
      equal((await store.listObjects(bucket, { maxKeys: 1 })).objects[0]?.etag, md5Of(`round ${round}`));
      await store.deleteObject({ bucket, key: "a" });
      equal(await store.headObject({ bucket, key: "a" }), undefined);
    }
  }),

  rule("keeps one of many concurrent writes to a key, whole", async (store) => {
    const bucket = await createBucket(store);
    const texts = Array.from({ length: 32 }, (_, at) => `writer ${at} `.repeat(at * 97 + 1));

    await Promise.all(texts.map((text) => put(store, bucket, "a", text)));

    const text = await readText(store, bucket, "a");
    ok(texts.includes(text));
    const found = await store.headObject({ bucket, key: "a" });
    equal(found?.isDeleteMarker === false && found.etag, md5Of(text));
  }),

  rule("says which version is which with dates that do not go back", async (store) => {
    const bucket = await createBucket(store);

    const first = await put(store, bucket, "a");
    const second = await put(store, bucket, "a");

    ok(second.lastModified.getTime() >= first.lastModified.getTime());
  }),

  rule("is closed once, however often it is told to", async (store) => {
    await createBucket(store);

    await store.close();
    await store.close();
  }),

  rule("refuses a body for a bucket that is gone when the body ends", async (store) => {
    const bucket = await createBucket(store);
    const body = async function* () {
      yield Buffer.from("x");
      await store.deleteBucket(bucket);
    };

    await refuses(store.putObject({ bucket, key: "a" }, body(), plain), "NoSuchBucket");
  }),
];
