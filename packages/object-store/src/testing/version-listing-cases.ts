import { deepEqual, equal, ok } from "node:assert/strict";
import type { ListVersionsQuery, ObjectStore } from "../object-store.ts";
import { createBucket, put, putAll, rule } from "./case-tools.ts";

const maxPages = 200;

/** All pages: `key@id` of versions, common prefixes in brackets. */
async function listAll(store: ObjectStore, bucket: string, query: ListVersionsQuery): Promise<string[]> {
  const shown: string[] = [];
  let next = query;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await store.listVersions(bucket, next);
    ok(page.versions.length + page.commonPrefixes.length <= query.maxKeys);
    const entries = [
      ...page.versions.map(({ key, versionId }) => ({ name: key, text: `${key}@${versionId}` })),
      ...page.commonPrefixes.map((name) => ({ name, text: `[${name}]` })),
    ].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    shown.push(...entries.map(({ text }) => text));
    equal(page.isTruncated, page.nextKeyMarker !== undefined);
    if (!page.isTruncated) return shown;
    const { keyMarker: _, versionIdMarker: __, ...rest } = query;
    next = {
      ...rest,
      ...(page.nextKeyMarker !== undefined && { keyMarker: page.nextKeyMarker }),
      ...(page.nextVersionIdMarker !== undefined && { versionIdMarker: page.nextVersionIdMarker }),
    };
  }
  throw new Error("paging does not end");
}

/** Three keys with versions, markers and null versions. */
async function createHistory(store: ObjectStore): Promise<string> {
  const bucket = await createBucket(store);
  await putAll(store, bucket, ["a", "b/1", "c"]);
  await store.putBucketVersioning(bucket, "Enabled");
  for (let round = 0; round < 3; round += 1) await putAll(store, bucket, ["a", "b/1", "b/2"]);
  await store.deleteObject({ bucket, key: "a" });
  await store.putBucketVersioning(bucket, "Suspended");
  await put(store, bucket, "b/2");
  return bucket;
}

export const versionListingCases = [
  rule("lists objects of a bucket without versions as latest null versions", async (store) => {
    const bucket = await createBucket(store);
    const stored = await put(store, bucket, "a", "text");

    deepEqual(await store.listVersions(bucket, { maxKeys: 10 }), {
      versions: [stored],
      commonPrefixes: [],
      isTruncated: false,
    });
  }),

  rule("lists versions and delete markers by key, newest first", async (store) => {
    const bucket = await createHistory(store);

    const { versions } = await store.listVersions(bucket, { maxKeys: 1000 });

    deepEqual(
      versions.map(({ key, isLatest, isDeleteMarker, versionId }) =>
        [key, isLatest ? "latest" : "", isDeleteMarker ? "marker" : "", versionId === "null" ? "null" : ""]
          .join(" ")
          .trim(),
      ),
      [
        "a latest marker",
        "a",
        "a",
        "a",
        "a   null",
        "b/1 latest",
        "b/1",
        "b/1",
        "b/1   null",
        "b/2 latest  null",
        "b/2",
        "b/2",
        "b/2",
        "c latest  null",
      ],
    );
  }),

  ...["", "/"].map((delimiter) =>
    rule(`pages versions one at a time without loss or repetition (delimiter "${delimiter}")`, async (store) => {
      const bucket = await createHistory(store);

      const whole = await listAll(store, bucket, { delimiter, maxKeys: 1000 });

      equal(new Set(whole).size, whole.length);
      for (const maxKeys of [1, 2, 5]) deepEqual(await listAll(store, bucket, { delimiter, maxKeys }), whole);
    }),
  ),

  rule("groups versions by delimiter, under a prefix too, markers included", async (store) => {
    const bucket = await createHistory(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await store.deleteObject({ bucket, key: "only/marker" });

    const names = async (query: ListVersionsQuery) => {
      const { versions, commonPrefixes } = await store.listVersions(bucket, query);
      return [[...new Set(versions.map(({ key }) => key))], commonPrefixes];
    };

    deepEqual(await names({ delimiter: "/", maxKeys: 1000 }), [
      ["a", "c"],
      ["b/", "only/"],
    ]);
    deepEqual(await names({ delimiter: "/", prefix: "b/", maxKeys: 1000 }), [["b/1", "b/2"], []]);
    deepEqual(await names({ prefix: "b/2", maxKeys: 1000 }), [["b/2"], []]);
    deepEqual(await names({ maxKeys: 0 }), [[], []]);
  }),

  rule("starts after all versions of the key marker", async (store) => {
    const bucket = await createHistory(store);
    const keysAfter = async (keyMarker: string, delimiter = "") => {
      const { versions, commonPrefixes } = await store.listVersions(bucket, { keyMarker, delimiter, maxKeys: 1000 });
      return [...new Set(versions.map(({ key }) => key)), ...commonPrefixes];
    };

    deepEqual(await keysAfter("a"), ["b/1", "b/2", "c"]);
    deepEqual(await keysAfter("b/1"), ["b/2", "c"]);
    deepEqual(await keysAfter("b/1", "/"), ["c"]);
    deepEqual(await keysAfter("b/", "/"), ["c"]);
    deepEqual(await keysAfter("c"), []);
    deepEqual(await keysAfter("x".repeat(3000)), []);
  }),

  rule("goes on after a version that was deleted meanwhile", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    for (let round = 0; round < 5; round += 1) await put(store, bucket, "a", `${round}`);
    const { versions } = await store.listVersions(bucket, { maxKeys: 10 });
    const ids = versions.map(({ versionId }) => versionId);
    const marker = { keyMarker: "a", versionIdMarker: ids[1] ?? "", maxKeys: 10 };
    await store.deleteObject({ bucket, key: "a" }, { versionId: ids[1] ?? "" });

    const page = await store.listVersions(bucket, marker);

    deepEqual(
      page.versions.map(({ versionId }) => versionId),
      ids.slice(2),
    );
  }),

  rule("misses no version when a client deletes what each page shows", async (store) => {
    const bucket = await createHistory(store);
    let markers: Pick<ListVersionsQuery, "keyMarker" | "versionIdMarker"> = {};
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await store.listVersions(bucket, { ...markers, maxKeys: 2 });
      for (const { key, versionId } of page.versions) await store.deleteObject({ bucket, key }, { versionId });
      if (!page.isTruncated) break;
      markers = {
        ...(page.nextKeyMarker !== undefined && { keyMarker: page.nextKeyMarker }),
        ...(page.nextVersionIdMarker !== undefined && { versionIdMarker: page.nextVersionIdMarker }),
      };
    }

    await store.deleteBucket(bucket);
  }),
];
