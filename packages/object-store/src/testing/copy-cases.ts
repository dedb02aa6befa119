import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { ObjectStore, ObjectVersion } from "../object-store.ts";
import {
  bodyOf,
  collect,
  createBucket,
  minPartBytes,
  open,
  patterned,
  plain,
  put,
  readBytes,
  readText,
  refuses,
  rule,
} from "./case-tools.ts";

const sizes = [0, 10, 100_000];

async function copy(store: ObjectStore, bucket: string, from: string, to: string): Promise<ObjectVersion> {
  const source = await open(store, bucket, from);
  try {
    return await store.copyObject(source, { bucket, key: to }, plain);
  } finally {
    await source.close();
  }
}

async function putMultipart(store: ObjectStore, bucket: string, key: string): Promise<Buffer> {
  const bytes = [patterned(minPartBytes, 3), patterned(70_000, 4), patterned(5, 5)];
  const upload = await store.createUpload({ bucket, key }, plain);
  const first = await store.putPart(upload, bodyOf(bytes[0] ?? ""), { partNumber: 2 });
  const second = await store.putPart(upload, bodyOf(Buffer.concat(bytes.slice(1))), { partNumber: 4 });
  await store.completeUpload(upload, { parts: [first, second] });
  return Buffer.concat(bytes);
}

export const copyCases = [
  ...sizes.map((sizeBytes) =>
    rule(`copies ${sizeBytes} bytes with their etag and checksum, and other metadata`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      const checksum = { algorithm: "CRC32", type: "FULL_OBJECT", value: "AAAAAA==" } as const;
      const original = await store.putObject({ bucket, key: "a" }, bodyOf(bytes), {
        ...plain,
        checksum: () => checksum,
      });
      const source = await open(store, bucket, "a");
      const metadata = { headers: { "content-type": "x/y" }, user: { copied: "yes" } };

      const copied = await store.copyObject(source, { bucket, key: "b" }, { ownerId: "bob", metadata });
      await source.close();

      equal(copied.key, "b");
      equal(copied.ownerId, "bob");
      equal(copied.etag, original.etag);
      deepEqual(copied.checksum, checksum);
      deepEqual(copied.metadata, metadata);
      ok(bytes.equals(await readBytes(store, bucket, "b")));
    }),
  ),

  ...sizes.map((sizeBytes) =>
    rule(`keeps each of several copies of ${sizeBytes} bytes until it is deleted itself`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      await store.putObject({ bucket, key: "a" }, bodyOf(bytes), plain);
      await copy(store, bucket, "a", "b");
      await copy(store, bucket, "b", "c");

      await store.deleteObject({ bucket, key: "a" });
      ok(bytes.equals(await readBytes(store, bucket, "b")));
      await put(store, bucket, "c", "other");
      ok(bytes.equals(await readBytes(store, bucket, "b")));
      await store.deleteObject({ bucket, key: "b" });

      deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: 5 });
    }),
  ),

  ...sizes.map((sizeBytes) =>
    rule(`copies ${sizeBytes} bytes whose object was deleted since it was opened`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      const { etag } = await store.putObject({ bucket, key: "a" }, bodyOf(bytes), plain);
      const source = await open(store, bucket, "a");
      await store.deleteObject({ bucket, key: "a" });

      const copied = await store.copyObject(source, { bucket, key: "b" }, plain);
      await source.close();

      equal(copied.etag, etag);
      ok(bytes.equals(await readBytes(store, bucket, "b")));
    }),
  ),

  rule("copies an object onto itself", async (store) => {
    const bucket = await createBucket(store);
    const bytes = patterned(100_000);
    await store.putObject({ bucket, key: "a" }, bodyOf(bytes), plain);

    await copy(store, bucket, "a", "a");
    await copy(store, bucket, "a", "a");

    ok(bytes.equals(await readBytes(store, bucket, "a")));
    deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: 100_000 });
  }),

  rule("brings an old version back by copying it", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    const { versionId } = await put(store, bucket, "a", "old");
    await put(store, bucket, "a", "new");
    const source = await open(store, bucket, "a", versionId);

    await store.copyObject(source, { bucket, key: "a" }, plain);
    await source.close();

    equal(await readText(store, bucket, "a"), "old");
    equal((await store.listVersions(bucket, { maxKeys: 10 })).versions.length, 3);
  }),

  rule("copies into another bucket", async (store) => {
    const bucket = await createBucket(store);
    const other = await createBucket(store, "other");
    await put(store, bucket, "a", "text");
    const source = await open(store, bucket, "a");

    await store.copyObject(source, { bucket: other, key: "a" }, plain);
    await refuses(store.copyObject(source, { bucket: "absent", key: "a" }, plain), "NoSuchBucket");
    await source.close();

    equal(await readText(store, other, "a"), "text");
  }),

  rule("decides the conditions of a copy against its destination", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "text");
    await put(store, bucket, "b", "taken");
    const source = await open(store, bucket, "a");
    const attempt = (key: string) =>
      store.copyObject(source, { bucket, key }, { ...plain, conditions: { ifNoneMatch: "*" } });

    await refuses(attempt("b"), "PreconditionFailed");
    await attempt("c");
    await source.close();

    equal(await readText(store, bucket, "b"), "taken");
  }),

  rule("copies a multipart object with its parts, which outlive the original", async (store) => {
    const bucket = await createBucket(store);
    const bytes = await putMultipart(store, bucket, "a");
    const original = await store.headObject({ bucket, key: "a" });

    const copied = await copy(store, bucket, "a", "b");
    await store.deleteObject({ bucket, key: "a" });

    equal(copied.partsCount, 2);
    equal(original?.isDeleteMarker === false && original.etag, copied.etag);
    const opened = await open(store, bucket, "b");
    deepEqual((await opened.part(2))?.range, { first: 0, last: minPartBytes - 1 });
    deepEqual((await opened.part(4))?.range, { first: minPartBytes, last: bytes.length - 1 });
    ok(bytes.equals(await collect(opened.read())));
    await opened.close();
  }),

  rule("reads and copies an open multipart object that was deleted", async (store) => {
    const bucket = await createBucket(store);
    const bytes = await putMultipart(store, bucket, "a");
    const source = await open(store, bucket, "a");
    await store.deleteObject({ bucket, key: "a" });

    const copied = await store.copyObject(source, { bucket, key: "b" }, plain);
    ok(bytes.equals(await collect(source.read())));
    await source.close();

    equal(copied.etag, source.version.etag);
    equal(copied.partsCount, 2);
    ok(bytes.equals(await readBytes(store, bucket, "b")));
    deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: bytes.length });
  }),

  rule("throws a TypeError for a source that is not its own", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");
    const source = await open(store, bucket, "a");

    await rejects(store.copyObject({ ...source }, { bucket, key: "b" }, plain), TypeError);
    await source.close();
  }),
];
