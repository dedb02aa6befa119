import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import type { ObjectStore } from "../object-store.ts";
import { createBucket, put, readText, rule } from "./case-tools.ts";

/** The versions of key `a`, newest first: its text, or `-` for a delete marker; `*` marks the null version. */
async function stack(store: ObjectStore, bucket: string): Promise<string[]> {
  const { versions } = await store.listVersions(bucket, { prefix: "a", maxKeys: 1000 });
  const shown: string[] = [];
  for (const version of versions.filter(({ key }) => key === "a")) {
    const text = version.isDeleteMarker ? "-" : await readText(store, bucket, "a", version.versionId);
    shown.push(version.versionId === "null" ? `${text}*` : text);
  }
  equal(versions.filter(({ key, isLatest }) => key === "a" && isLatest).length, versions.length === 0 ? 0 : 1);
  equal(versions.length === 0 || versions[0]?.isLatest, true);
  return shown;
}

async function idOf(store: ObjectStore, bucket: string, at: number): Promise<string> {
  const { versions } = await store.listVersions(bucket, { prefix: "a", maxKeys: 1000 });
  return versions[at]?.versionId ?? "";
}

export const versioningCases = [
  rule("gives every version an id of its own, opaque and safe in a URL", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");

    const versions = await Promise.all(Array.from({ length: 20 }, (_, at) => put(store, bucket, "a", `${at}`)));

    const ids = versions.map(({ versionId }) => versionId);
    equal(new Set(ids).size, 20);
    for (const id of ids) ok(/^[A-Za-z0-9_.-]{8,64}$/.test(id), id);
    for (const [at, id] of ids.entries()) equal(await readText(store, bucket, "a", id), `${at}`);
  }),

  rule("never uses the id of a deleted version again", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");

    const first = await put(store, bucket, "a");
    await store.deleteObject({ bucket, key: "a" }, { versionId: first.versionId });
    const second = await put(store, bucket, "a");

    notEqual(first.versionId, second.versionId);
    equal(await store.headObject({ bucket, key: "a" }, first.versionId), undefined);
  }),

  rule("keeps the order of writes that come within a millisecond", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");

    for (let at = 0; at < 10; at += 1) await put(store, bucket, "a", `${at}`);

    deepEqual(await stack(store, bucket), ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
  }),

  rule("keeps the null version of before versioning, and makes it current again", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "before");
    await store.putBucketVersioning(bucket, "Enabled");
    const { versionId } = await put(store, bucket, "a", "after");

    deepEqual(await stack(store, bucket), ["after", "before*"]);
    equal(await readText(store, bucket, "a", "null"), "before");
    const found = await store.headObject({ bucket, key: "a" }, "null");
    equal(found?.isLatest, false);
    await store.deleteObject({ bucket, key: "a" }, { versionId });
    deepEqual(await stack(store, bucket), ["before*"]);
    equal(await readText(store, bucket, "a"), "before");
  }),

  rule("adds a delete marker when enabled, also on an absent key and on a marker", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");

    const first = await store.deleteObject({ bucket, key: "a" });
    const second = await store.deleteObject({ bucket, key: "a" });

    equal(first.isDeleteMarker, true);
    ok(first.versionId !== undefined && first.versionId !== "null");
    notEqual(first.versionId, second.versionId);
    deepEqual(await stack(store, bucket), ["-", "-"]);
    const marker = await store.headObject({ bucket, key: "a" });
    equal(marker?.isDeleteMarker, true);
    equal(marker?.versionId, second.versionId);
    const opened = await store.openObject({ bucket, key: "a" }, first.versionId);
    equal(opened !== undefined && "isDeleteMarker" in opened && opened.isDeleteMarker, true);
    deepEqual((await store.listObjects(bucket, { maxKeys: 10 })).objects, []);
  }),

  rule("undeletes by deleting the marker", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "text");
    const { versionId = "" } = await store.deleteObject({ bucket, key: "a" });

    deepEqual(await store.deleteObject({ bucket, key: "a" }, { versionId }), { versionId, isDeleteMarker: true });

    equal(await readText(store, bucket, "a"), "text");
  }),

  rule("deletes any version by id, from the middle and from the ends", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    for (const text of ["1", "2", "3", "4"]) await put(store, bucket, "a", text);

    const middle = await idOf(store, bucket, 1);
    deepEqual(await store.deleteObject({ bucket, key: "a" }, { versionId: middle }), {
      versionId: middle,
      isDeleteMarker: false,
    });
    deepEqual(await stack(store, bucket), ["4", "2", "1"]);
    await store.deleteObject({ bucket, key: "a" }, { versionId: await idOf(store, bucket, 0) });
    deepEqual(await stack(store, bucket), ["2", "1"]);
    await store.deleteObject({ bucket, key: "a" }, { versionId: await idOf(store, bucket, 1) });
    deepEqual(await stack(store, bucket), ["2"]);
    await store.deleteObject({ bucket, key: "a" }, { versionId: await idOf(store, bucket, 0) });
    deepEqual(await stack(store, bucket), []);
    equal(await store.headObject({ bucket, key: "a" }), undefined);
  }),

  rule("resolves for the id of a version that does not exist, and changes nothing", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "text");

    for (const versionId of ["A".repeat(32), "x", "null"]) {
      deepEqual(await store.deleteObject({ bucket, key: "a" }, { versionId }), { isDeleteMarker: false });
    }

    deepEqual(await stack(store, bucket), ["text"]);
  }),

  rule("does not find a version under another key", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    const { versionId } = await put(store, bucket, "a", "text");
    await put(store, bucket, "b");
    await put(store, bucket, "b");

    equal(await store.headObject({ bucket, key: "b" }, versionId), undefined);
    await store.deleteObject({ bucket, key: "b" }, { versionId });
    equal(await readText(store, bucket, "a"), "text");
  }),

  rule("replaces only the null version when suspended", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "v1");
    await store.putBucketVersioning(bucket, "Suspended");

    const stored = await put(store, bucket, "a", "n1");
    equal(stored.versionId, "null");
    deepEqual(await stack(store, bucket), ["n1*", "v1"]);
    await put(store, bucket, "a", "n2");
    deepEqual(await stack(store, bucket), ["n2*", "v1"]);
  }),

  rule("replaces a null version that is not the newest when suspended", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "n1");
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "v1");
    await put(store, bucket, "a", "v2");
    await store.putBucketVersioning(bucket, "Suspended");

    await put(store, bucket, "a", "n2");

    deepEqual(await stack(store, bucket), ["n2*", "v2", "v1"]);
  }),

  rule("adds a null delete marker in place of the null version when suspended", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "n1");
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "v1");
    await store.putBucketVersioning(bucket, "Suspended");

    deepEqual(await store.deleteObject({ bucket, key: "a" }), { versionId: "null", isDeleteMarker: true });
    deepEqual(await stack(store, bucket), ["-*", "v1"]);
    deepEqual(await store.deleteObject({ bucket, key: "a" }), { versionId: "null", isDeleteMarker: true });
    deepEqual(await stack(store, bucket), ["-*", "v1"]);
    deepEqual(await store.deleteObject({ bucket, key: "a" }, { versionId: "null" }), {
      versionId: "null",
      isDeleteMarker: true,
    });
    deepEqual(await stack(store, bucket), ["v1"]);
  }),

  rule("keeps a null marker as one version among others when enabled again", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Suspended");
    await store.deleteObject({ bucket, key: "a" });
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "v1");

    deepEqual(await stack(store, bucket), ["v1", "-*"]);
    await store.putBucketVersioning(bucket, "Suspended");
    await put(store, bucket, "a", "n1");
    deepEqual(await stack(store, bucket), ["n1*", "v1"]);
  }),

  rule("promotes a null version, and replaces it then where it is", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "n1");
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "v1");
    await store.deleteObject({ bucket, key: "a" }, { versionId: await idOf(store, bucket, 0) });
    await put(store, bucket, "a", "v2");

    deepEqual(await stack(store, bucket), ["v2", "n1*"]);
    await store.deleteObject({ bucket, key: "a" }, { versionId: "null" });
    deepEqual(await stack(store, bucket), ["v2"]);
  }),
];
