import { deepEqual, equal, ok } from "node:assert/strict";
import type { ListObjectsQuery, ObjectStore } from "../object-store.ts";
import { createBucket, put, putAll, rule } from "./case-tools.ts";

const maxPages = 200;

/** Names of all pages, objects as they are and common prefixes in brackets; fails when paging does not end. */
async function listAll(store: ObjectStore, bucket: string, query: ListObjectsQuery): Promise<string[]> {
  const names: string[] = [];
  let after = query.after;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await store.listObjects(bucket, after === undefined ? query : { ...query, after });
    const entries = [
      ...page.objects.map(({ key }) => ({ name: key, shown: key })),
      ...page.commonPrefixes.map((name) => ({ name, shown: `[${name}]` })),
    ].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    ok(entries.length <= query.maxKeys);
    names.push(...entries.map(({ shown }) => shown));
    equal(page.isTruncated, page.nextAfter !== undefined);
    if (!page.isTruncated) return names;
    equal(page.nextAfter, entries.at(-1)?.name);
    after = page.nextAfter;
  }
  throw new Error("paging does not end");
}

const photos = [
  "a",
  "photos/",
  "photos/2020/01.jpg",
  "photos/2020/02.jpg",
  "photos/2021/01.jpg",
  "photos/readme",
  "photos0",
  "videos/1",
  "z",
];

export const listingCases = [
  rule("lists what is stored about every object", async (store) => {
    const bucket = await createBucket(store);
    const stored = await put(store, bucket, "a", "text");

    deepEqual(await store.listObjects(bucket, { maxKeys: 10 }), {
      objects: [stored],
      commonPrefixes: [],
      isTruncated: false,
    });
  }),

  rule("lists keys with a prefix, which may be a key itself", async (store) => {
    const bucket = await createBucket(store);
    await putAll(store, bucket, photos);

    deepEqual(await listAll(store, bucket, { prefix: "photos/2020/", maxKeys: 10 }), [
      "photos/2020/01.jpg",
      "photos/2020/02.jpg",
    ]);
    deepEqual(await listAll(store, bucket, { prefix: "photos/", delimiter: "/", maxKeys: 10 }), [
      "photos/",
      "[photos/2020/]",
      "[photos/2021/]",
      "photos/readme",
    ]);
    deepEqual(await listAll(store, bucket, { prefix: "nothing", maxKeys: 10 }), []);
    deepEqual(await listAll(store, bucket, { prefix: "p".repeat(5000), maxKeys: 10 }), []);
    deepEqual(await listAll(store, bucket, { prefix: "photos/2020/01.jpg", maxKeys: 10 }), ["photos/2020/01.jpg"]);
  }),

  rule("groups by delimiter, and takes an empty one for none", async (store) => {
    const bucket = await createBucket(store);
    await putAll(store, bucket, photos);

    deepEqual(await listAll(store, bucket, { delimiter: "/", maxKeys: 10 }), [
      "a",
      "[photos/]",
      "photos0",
      "[videos/]",
      "z",
    ]);
    deepEqual(await listAll(store, bucket, { delimiter: "", maxKeys: 10 }), photos);
    deepEqual(await listAll(store, bucket, { delimiter: "?", maxKeys: 10 }), photos);
  }),

  rule("takes any text for a delimiter", async (store) => {
    const bucket = await createBucket(store);
    await putAll(store, bucket, ["a--b--c", "a--b-d", "a-b", "a--", "x\u{1f600}y", "x\u{1f600}z", "--"]);

    deepEqual(await listAll(store, bucket, { delimiter: "--", maxKeys: 10 }), [
      "[--]",
      "[a--]",
      "a-b",
      "x\u{1f600}y",
      "x\u{1f600}z",
    ]);
    deepEqual(await listAll(store, bucket, { delimiter: "--", prefix: "a--", maxKeys: 10 }), [
      "a--",
      "[a--b--]",
      "a--b-d",
    ]);
    deepEqual(await listAll(store, bucket, { delimiter: "\u{1f600}", prefix: "x", maxKeys: 10 }), ["[x\u{1f600}]"]);
  }),

  ...["/", "", "--", "o", "\u00e9"].flatMap((delimiter) =>
    ["", "p", "photos/"].map((prefix) =>
      rule(
        `pages one at a time without loss or repetition (delimiter "${delimiter}", prefix "${prefix}")`,
        async (store) => {
          const bucket = await createBucket(store);
          await putAll(store, bucket, [
            ...photos,
            "p--1",
            "p--2",
            "p-",
            "caf\u00e9/1",
            "caf\u00e9/2",
            "photos/\u{1f600}/x",
          ]);

          const whole = await listAll(store, bucket, { prefix, delimiter, maxKeys: 1000 });

          equal(new Set(whole).size, whole.length);
          for (const maxKeys of [1, 2, 3])
            deepEqual(await listAll(store, bucket, { prefix, delimiter, maxKeys }), whole);
        },
      ),
    ),
  ),

  rule("starts after a name, whether it exists or not", async (store) => {
    const bucket = await createBucket(store);
    await putAll(store, bucket, ["a", "b", "c/1", "c/2", "d"]);
    const list = (after: string, delimiter = "") => listAll(store, bucket, { after, delimiter, maxKeys: 10 });

    deepEqual(await list(""), ["a", "b", "c/1", "c/2", "d"]);
    deepEqual(await list("a"), ["b", "c/1", "c/2", "d"]);
    deepEqual(await list("aa"), ["b", "c/1", "c/2", "d"]);
    deepEqual(await list("c/1"), ["c/2", "d"]);
    deepEqual(await list("d"), []);
    deepEqual(await list("b", "/"), ["[c/]", "d"]);
    deepEqual(await list("c", "/"), ["[c/]", "d"]);
    deepEqual(await list("a".repeat(3000)), ["b", "c/1", "c/2", "d"]);
    deepEqual(await list(`c/${"9".repeat(3000)}`, "/"), ["d"]);
  }),

  rule("does not list a common prefix again that the marker is or lies under", async (store) => {
    const bucket = await createBucket(store);
    await putAll(store, bucket, ["c/1", "c/2", "d"]);

    for (const after of ["c/", "c/1", "c/1x", "c/2"]) {
      deepEqual(await listAll(store, bucket, { after, delimiter: "/", maxKeys: 10 }), ["d"], after);
    }
  }),

  rule("starts at the prefix when the marker is before it, and finds nothing when it is after", async (store) => {
    const bucket = await createBucket(store);
    await putAll(store, bucket, ["a", "m/1", "m/2", "z"]);

    deepEqual(await listAll(store, bucket, { prefix: "m/", after: "a", maxKeys: 10 }), ["m/1", "m/2"]);
    deepEqual(await listAll(store, bucket, { prefix: "m/", after: "z", maxKeys: 10 }), []);
    deepEqual(await listAll(store, bucket, { prefix: "m/", after: "z/1", delimiter: "/", maxKeys: 10 }), []);
  }),

  rule("is truncated only when something is left", async (store) => {
    const bucket = await createBucket(store);
    await putAll(store, bucket, ["a", "b/1", "b/2"]);

    equal((await store.listObjects(bucket, { maxKeys: 3 })).isTruncated, false);
    equal((await store.listObjects(bucket, { maxKeys: 2 })).isTruncated, true);
    equal((await store.listObjects(bucket, { delimiter: "/", maxKeys: 2 })).isTruncated, false);
    deepEqual(await store.listObjects(bucket, { maxKeys: 0 }), { objects: [], commonPrefixes: [], isTruncated: false });
  }),

  rule("hides keys whose newest version is a delete marker, and prefixes with nothing else", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await putAll(store, bucket, ["a", "gone/1", "gone/2", "half/1", "half/2", "z"]);
    for (const key of ["a", "gone/1", "gone/2", "half/1"]) await store.deleteObject({ bucket, key });

    deepEqual(await listAll(store, bucket, { maxKeys: 10 }), ["half/2", "z"]);
    deepEqual(await listAll(store, bucket, { delimiter: "/", maxKeys: 10 }), ["[half/]", "z"]);
    deepEqual(await listAll(store, bucket, { delimiter: "/", maxKeys: 1 }), ["[half/]", "z"]);
    await store.deleteObject({ bucket, key: "z" });
    equal((await store.listObjects(bucket, { delimiter: "/", maxKeys: 1 })).isTruncated, false);
  }),

  rule("lists in the right order across more than one turn of work", async (store) => {
    const bucket = await createBucket(store);
    const keys = Array.from(
      { length: 600 },
      (_, at) => `${String(at % 60).padStart(2, "0")}/${String(at).padStart(4, "0")}`,
    );
    await putAll(store, bucket, keys);

    deepEqual(await listAll(store, bucket, { maxKeys: 7 }), [...keys].sort());
    equal((await listAll(store, bucket, { delimiter: "/", maxKeys: 7 })).length, 60);
  }),
];
