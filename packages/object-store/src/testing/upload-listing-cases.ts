import { deepEqual, equal, ok } from "node:assert/strict";
import type { ListUploadsQuery, ObjectStore } from "../object-store.ts";
import { createBucket, plain, put, rule } from "./case-tools.ts";

const maxPages = 100;

/** All pages: `key@n` for the n-th upload of a key, common prefixes in brackets. */
async function listAll(store: ObjectStore, bucket: string, query: ListUploadsQuery): Promise<string[]> {
  const seen = new Map<string, number>();
  const shown: string[] = [];
  let next = query;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await store.listUploads(bucket, next);
    ok(page.uploads.length + page.commonPrefixes.length <= query.maxUploads);
    const entries = [
      ...page.uploads.map(({ key, uploadId }) => ({ name: key, text: `${key}@${uploadId}` })),
      ...page.commonPrefixes.map((name) => ({ name, text: `[${name}]` })),
    ].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    shown.push(...entries.map(({ text }) => text));
    for (const { text } of entries) seen.set(text, (seen.get(text) ?? 0) + 1);
    equal(page.isTruncated, page.nextKeyMarker !== undefined);
    if (!page.isTruncated) {
      equal(Math.max(0, ...seen.values()) <= 1, true);
      return shown;
    }
    const { keyMarker: _, uploadIdMarker: __, ...rest } = query;
    next = {
      ...rest,
      ...(page.nextKeyMarker !== undefined && { keyMarker: page.nextKeyMarker }),
      ...(page.nextUploadIdMarker !== undefined && { uploadIdMarker: page.nextUploadIdMarker }),
    };
  }
  throw new Error("paging does not end");
}

async function createUploads(store: ObjectStore): Promise<{ bucket: string; names: string[] }> {
  const bucket = await createBucket(store);
  const names: string[] = [];
  for (const key of ["a", "a", "a", "b/1", "b/2", "b/2", "c\u0001", "c"]) {
    const { uploadId } = await store.createUpload({ bucket, key }, plain);
    names.push(`${key}@${uploadId}`);
  }
  await put(store, bucket, "object");
  return { bucket, names: [...names.slice(0, 6), ...names.slice(6).reverse()] };
}

export const uploadListingCases = [
  rule("lists uploads by key, then in the order they were started", async (store) => {
    const { bucket, names } = await createUploads(store);

    deepEqual(await listAll(store, bucket, { maxUploads: 1000 }), names);
    for (const maxUploads of [1, 2, 3]) deepEqual(await listAll(store, bucket, { maxUploads }), names);
  }),

  rule("groups uploads by delimiter and finds them by prefix", async (store) => {
    const { bucket, names } = await createUploads(store);

    const grouped = [...names.slice(0, 3), "[b/]", ...names.slice(6)];
    for (const maxUploads of [1, 2, 1000]) {
      deepEqual(await listAll(store, bucket, { delimiter: "/", maxUploads }), grouped);
    }
    deepEqual(await listAll(store, bucket, { delimiter: "/", prefix: "b/", maxUploads: 1 }), names.slice(3, 6));
    deepEqual(await listAll(store, bucket, { prefix: "nothing", maxUploads: 10 }), []);
    deepEqual(await listAll(store, bucket, { maxUploads: 0 }), []);
  }),

  rule("starts after the key marker, or within it after the upload marker", async (store) => {
    const { bucket, names } = await createUploads(store);
    const second = names[1]?.split("@")[1] ?? "";

    deepEqual(await listAll(store, bucket, { keyMarker: "a", maxUploads: 10 }), names.slice(3));
    deepEqual(await listAll(store, bucket, { keyMarker: "a", uploadIdMarker: second, maxUploads: 10 }), names.slice(2));
    deepEqual(await listAll(store, bucket, { uploadIdMarker: second, maxUploads: 10 }), names);
    deepEqual(await listAll(store, bucket, { keyMarker: "a", uploadIdMarker: "x", maxUploads: 10 }), names.slice(3));
    deepEqual(await listAll(store, bucket, { keyMarker: "b/1", delimiter: "/", maxUploads: 10 }), names.slice(6));
    deepEqual(await listAll(store, bucket, { keyMarker: "z".repeat(3000), maxUploads: 10 }), []);
  }),

  rule("does not list what was completed or aborted, nor the uploads of another bucket", async (store) => {
    const bucket = await createBucket(store);
    const other = await createBucket(store, "other");
    const upload = await store.createUpload({ bucket, key: "a" }, plain);
    await store.createUpload({ bucket: other, key: "b" }, plain);

    await store.abortUpload(upload);

    deepEqual(await listAll(store, bucket, { maxUploads: 10 }), []);
  }),
];
