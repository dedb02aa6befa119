import { deepEqual, equal, rejects } from "node:assert/strict";
import { bodyOf, createBucket, plain, put, readText, rule } from "./case-tools.ts";

const unusualKeys = [
  "a b+c.jpg",
  "100%25",
  "%2F",
  "//",
  "/",
  "a//b",
  "..",
  "../../etc/passwd",
  "./.",
  "folder/",
  " leading and trailing ",
  "line\nbreak\r\ttab",
  "\u0001\u001f\u007f",
  "e\u0301", // decomposed: another key than the next
  "\u00e9",
  "\uff5e",
  "\u{1f600}",
  "\ufffd",
  "?query=1&x#y",
  "\"<&>'",
  "null",
  "constructor",
  "__proto__",
  "k".repeat(1024),
  "\u20ac".repeat(341),
];

export const keyCases = [
  rule("keeps every key as it is, and apart from the others", async (store) => {
    const bucket = await createBucket(store);

    await Promise.all(unusualKeys.map((key, at) => put(store, bucket, key, `body ${at}`)));

    for (const [at, key] of unusualKeys.entries()) equal(await readText(store, bucket, key), `body ${at}`, key);
    const listed = await store.listObjects(bucket, { maxKeys: 1000 });
    deepEqual(new Set(listed.objects.map(({ key }) => key)), new Set(unusualKeys));
    equal(listed.objects.length, unusualKeys.length);
  }),

  rule("orders keys by their UTF-8 bytes, not by UTF-16", async (store) => {
    const bucket = await createBucket(store);
    await Promise.all(unusualKeys.map((key) => put(store, bucket, key)));

    const { objects } = await store.listObjects(bucket, { maxKeys: 1000 });

    const keys = objects.map(({ key }) => key);
    deepEqual(
      keys,
      [...unusualKeys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    equal(keys.indexOf("\uff5e") < keys.indexOf("\u{1f600}"), true);
  }),

  rule("tells a key from the keys that begin with it", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a/b", "longer");

    equal(await store.headObject({ bucket, key: "a" }), undefined);
    equal(await store.headObject({ bucket, key: "a/" }), undefined);
    await put(store, bucket, "a", "shorter");
    await store.deleteObject({ bucket, key: "a" });
    equal(await readText(store, bucket, "a/b"), "longer");
  }),

  rule("throws a TypeError for a key no server lets through", async (store) => {
    const bucket = await createBucket(store);

    for (const key of ["", "a\0b", "k".repeat(1025), "\u20ac".repeat(342), "\ud800"]) {
      await rejects(store.putObject({ bucket, key }, bodyOf("x"), plain), TypeError);
      await rejects(store.headObject({ bucket, key }), TypeError);
      await rejects(store.deleteObject({ bucket, key }), TypeError);
      await rejects(store.createUpload({ bucket, key }, plain), TypeError);
    }
  }),

  rule("keeps the keys of buckets apart", async (store) => {
    const one = await createBucket(store, "one");
    const two = await createBucket(store, "two");
    await put(store, one, "a", "1");
    await put(store, two, "a", "2");

    await store.deleteObject({ bucket: one, key: "a" });

    equal(await readText(store, two, "a"), "2");
    deepEqual((await store.listObjects(one, { maxKeys: 10 })).objects, []);
  }),
];
