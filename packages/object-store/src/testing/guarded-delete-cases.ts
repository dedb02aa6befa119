import { deepEqual, equal, ok } from "node:assert/strict";
import type { DeleteMarker, ObjectStore, ObjectVersion } from "../object-store.ts";
import { createBucket, put, readText, refuses, rule } from "./case-tools.ts";

async function listed(store: ObjectStore, bucket: string): Promise<readonly (ObjectVersion | DeleteMarker)[]> {
  return (await store.listVersions(bucket, { maxKeys: 100 })).versions;
}

async function first(store: ObjectStore, bucket: string): Promise<ObjectVersion | DeleteMarker> {
  const [version] = await listed(store, bucket);
  ok(version !== undefined);
  return version;
}

export const guardedDeleteCases = [
  rule("deletes with ifUnchanged what is as it was listed", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");
    const seen = await first(store, bucket);

    await store.deleteObject({ bucket, key: "a" }, { ifUnchanged: seen });

    deepEqual(await listed(store, bucket), []);
    await refuses(store.deleteObject({ bucket, key: "a" }, { ifUnchanged: seen }), "PreconditionFailed");
  }),

  rule("refuses ifUnchanged for an object that was written again, with the same bytes too", async (store) => {
    const bucket = await createBucket(store);
    const seen = await put(store, bucket, "a");
    await put(store, bucket, "a", "other");
    await refuses(store.deleteObject({ bucket, key: "a" }, { ifUnchanged: seen }), "PreconditionFailed");
    const before = { ...(await put(store, bucket, "a")), lastModified: new Date(0) };

    await refuses(store.deleteObject({ bucket, key: "a" }, { ifUnchanged: before }), "PreconditionFailed");

    equal(await readText(store, bucket, "a"), "x");
  }),

  rule("refuses ifUnchanged for an object whose tags have changed", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");
    const seen = await store.putObjectAttributes({ bucket, key: "a" }, { tags: { keep: "no" } });
    await store.putObjectAttributes({ bucket, key: "a" }, { tags: { keep: "yes" } });

    await refuses(store.deleteObject({ bucket, key: "a" }, { ifUnchanged: seen }), "PreconditionFailed");

    equal(await readText(store, bucket, "a"), "x");
  }),

  rule(
    "refuses ifUnchanged for a version that has become current, and for a marker that is not any more",
    async (store) => {
      const bucket = await createBucket(store);
      await store.putBucketVersioning(bucket, "Enabled");
      await put(store, bucket, "a");
      await store.deleteObject({ bucket, key: "a" });
      const [marker, older] = await listed(store, bucket);
      ok(marker !== undefined && older !== undefined);

      await store.deleteObject({ bucket, key: "a" }, { versionId: marker.versionId });
      const promoted = { versionId: older.versionId, ifUnchanged: older };
      await refuses(store.deleteObject({ bucket, key: "a" }, promoted), "PreconditionFailed");
      await store.deleteObject({ bucket, key: "a" });
      const cover = await first(store, bucket);
      await put(store, bucket, "a", "new");
      const covered = { versionId: cover.versionId, ifUnchanged: cover };
      await refuses(store.deleteObject({ bucket, key: "a" }, covered), "PreconditionFailed");

      equal(await readText(store, bucket, "a"), "new");
      equal(await readText(store, bucket, "a", older.versionId), "x");
    },
  ),

  rule("adds a delete marker with ifUnchanged only over the current version that was listed", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    const seen = await put(store, bucket, "a");
    const newer = await put(store, bucket, "a");

    await refuses(store.deleteObject({ bucket, key: "a" }, { ifUnchanged: seen }), "PreconditionFailed");
    const { isDeleteMarker } = await store.deleteObject({ bucket, key: "a" }, { ifUnchanged: newer });

    equal(isDeleteMarker, true);
    equal((await listed(store, bucket)).length, 3);
  }),

  rule("removes a noncurrent version with ifUnchanged, and not twice", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "old");
    await put(store, bucket, "a", "new");
    const [, older] = await listed(store, bucket);
    ok(older !== undefined);
    const input = { versionId: older.versionId, ifUnchanged: older };

    await store.deleteObject({ bucket, key: "a" }, input);

    await refuses(store.deleteObject({ bucket, key: "a" }, input), "PreconditionFailed");
    equal(await readText(store, bucket, "a"), "new");
  }),
];
