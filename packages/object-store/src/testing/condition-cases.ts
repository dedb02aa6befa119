import { equal } from "node:assert/strict";
import type { ObjectStore, ObjectVersion, WriteConditions } from "../object-store.ts";
import { bodyOf, createBucket, md5Of, plain, put, readText, refuses, rule } from "./case-tools.ts";

function putIf(store: ObjectStore, bucket: string, conditions: WriteConditions, text = "new"): Promise<ObjectVersion> {
  return store.putObject({ bucket, key: "a" }, bodyOf(text), { ...plain, conditions });
}

export const conditionCases = [
  rule("writes with If-None-Match only where no object is", async (store) => {
    const bucket = await createBucket(store);

    await putIf(store, bucket, { ifNoneMatch: "*" }, "first");
    await refuses(putIf(store, bucket, { ifNoneMatch: "*" }), "PreconditionFailed", { Condition: "If-None-Match" });

    equal(await readText(store, bucket, "a"), "first");
  }),

  rule("writes with an etag in If-None-Match over everything but the object with that etag", async (store) => {
    const bucket = await createBucket(store);
    const ifNoneMatch = md5Of("old");

    await putIf(store, bucket, { ifNoneMatch }, "old");
    await refuses(putIf(store, bucket, { ifNoneMatch }), "PreconditionFailed", { Condition: "If-None-Match" });
    await putIf(store, bucket, { ifNoneMatch: md5Of("other") });
    await putIf(store, bucket, { ifNoneMatch }, "newer");

    equal(await readText(store, bucket, "a"), "newer");
  }),

  rule("writes with If-Match only over the object with that etag", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "old");

    await refuses(putIf(store, bucket, { ifMatch: md5Of("other") }), "PreconditionFailed", { Condition: "If-Match" });
    await putIf(store, bucket, { ifMatch: md5Of("old") });
    await putIf(store, bucket, { ifMatch: "*" }, "newer");

    equal(await readText(store, bucket, "a"), "newer");
  }),

  rule("answers NoSuchKey to If-Match where no object is", async (store) => {
    const bucket = await createBucket(store);

    await refuses(putIf(store, bucket, { ifMatch: "*" }), "NoSuchKey", { Key: "a" });
    await refuses(putIf(store, bucket, { ifMatch: md5Of("x") }), "NoSuchKey");
  }),

  rule("takes a current delete marker for no object when it writes", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "old");
    await store.deleteObject({ bucket, key: "a" });

    await refuses(putIf(store, bucket, { ifMatch: "*" }), "NoSuchKey");
    await refuses(putIf(store, bucket, { ifMatch: md5Of("old") }), "NoSuchKey");
    await putIf(store, bucket, { ifNoneMatch: "*" });

    equal(await readText(store, bucket, "a"), "new");
  }),

  rule("decides conditions against the current version only", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "one");
    await put(store, bucket, "a", "two");

    await refuses(putIf(store, bucket, { ifMatch: md5Of("one") }), "PreconditionFailed");
    await putIf(store, bucket, { ifMatch: md5Of("two") });
  }),

  rule("refuses what cannot succeed without reading the body", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "old");
    let isRead = false;
    const body = async function* () {
      isRead = true;
      yield Buffer.from("new");
    };
    const putUnread = (key: string, conditions: WriteConditions) =>
      store.putObject({ bucket, key }, body(), { ...plain, conditions });

    await refuses(putUnread("a", { ifNoneMatch: "*" }), "PreconditionFailed");
    await refuses(putUnread("a", { ifMatch: md5Of("other") }), "PreconditionFailed");
    await refuses(putUnread("absent", { ifMatch: "*" }), "NoSuchKey");

    equal(isRead, false);
  }),

  rule("decides when the body has ended, not when it began", async (store) => {
    const bucket = await createBucket(store);
    const body = async function* () {
      yield Buffer.from("slow");
      await put(store, bucket, "a", "fast");
    };

    await refuses(
      store.putObject({ bucket, key: "a" }, body(), { ...plain, conditions: { ifNoneMatch: "*" } }),
      "PreconditionFailed",
    );

    equal(await readText(store, bucket, "a"), "fast");
  }),

  ...[10, 100_000].map((sizeBytes) =>
    rule(`lets exactly one of 64 concurrent If-None-Match writes of ${sizeBytes} bytes win`, async (store) => {
      const bucket = await createBucket(store);
      const texts = Array.from({ length: 64 }, (_, at) => String.fromCharCode(65 + at).repeat(sizeBytes));

      const settled = await Promise.allSettled(texts.map((text) => putIf(store, bucket, { ifNoneMatch: "*" }, text)));

      const winners = settled.flatMap((result, at) => (result.status === "fulfilled" ? [at] : []));
      equal(winners.length, 1);
      equal(await readText(store, bucket, "a"), texts[winners[0] ?? -1]);
      for (const result of settled) {
        if (result.status === "rejected") equal(result.reason.code, "PreconditionFailed");
      }
    }),
  ),

  rule("counts up without losing a step when everybody writes with If-Match", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "0");
    const countUp = async (): Promise<void> => {
      for (;;) {
        const current = await readText(store, bucket, "a");
        try {
          await putIf(store, bucket, { ifMatch: md5Of(current) }, String(Number(current) + 1));
          return;
        } catch (error) {
          equal(error instanceof Error && "code" in error && error.code, "PreconditionFailed");
        }
      }
    };

    await Promise.all(Array.from({ length: 8 }, countUp));

    equal(await readText(store, bucket, "a"), "8");
  }),

  rule("deletes with If-Match only the object with that etag", async (store) => {
    const bucket = await createBucket(store);
    const address = { bucket, key: "a" };
    await refuses(store.deleteObject(address, { ifMatch: "*" }), "NoSuchKey");
    await put(store, bucket, "a", "old");

    await refuses(store.deleteObject(address, { ifMatch: md5Of("other") }), "PreconditionFailed");
    await store.deleteObject(address, { ifMatch: md5Of("old") });
    await put(store, bucket, "a", "again");
    await store.deleteObject(address, { ifMatch: "*" });

    equal(await store.headObject(address), undefined);
  }),

  rule("refuses a delete with If-Match on a delete marker", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    await put(store, bucket, "a", "old");
    await store.deleteObject({ bucket, key: "a" });

    await refuses(store.deleteObject({ bucket, key: "a" }, { ifMatch: "*" }), "PreconditionFailed");
    await refuses(store.deleteObject({ bucket, key: "a" }, { ifMatch: md5Of("old") }), "PreconditionFailed");

    equal((await store.listVersions(bucket, { maxKeys: 10 })).versions.length, 2);
  }),

  rule("looks at the current version also when it deletes another by id", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");
    const { versionId } = await put(store, bucket, "a", "one");
    await put(store, bucket, "a", "two");

    await refuses(store.deleteObject({ bucket, key: "a" }, { versionId, ifMatch: md5Of("one") }), "PreconditionFailed");
    await store.deleteObject({ bucket, key: "a" }, { versionId, ifMatch: md5Of("two") });

    equal(await store.headObject({ bucket, key: "a" }, versionId), undefined);
  }),

  rule("deletes only an object of this size and time when it is asked to", async (store) => {
    const bucket = await createBucket(store);
    const address = { bucket, key: "a" };
    const { lastModified } = await put(store, bucket, "a", "old");
    const ifLastModified = new Date(Math.floor(lastModified.getTime() / 1000) * 1000);
    const earlier = new Date(ifLastModified.getTime() - 1000);

    await refuses(store.deleteObject(address, { ifSizeBytes: 4 }), "PreconditionFailed", {
      Condition: "x-amz-if-match-size",
    });
    await refuses(store.deleteObject(address, { ifSizeBytes: 3, ifLastModified: earlier }), "PreconditionFailed", {
      Condition: "x-amz-if-match-last-modified-time",
    });
    await refuses(store.deleteObject(address, { ifSizeBytes: 3, ifMatch: md5Of("other") }), "PreconditionFailed");
    await store.deleteObject(address, { ifSizeBytes: 3, ifLastModified, ifMatch: md5Of("old") });

    equal(await store.headObject(address), undefined);
  }),

  rule("has nothing to compare a size and a time with where nothing is", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketVersioning(bucket, "Enabled");

    await store.deleteObject({ bucket, key: "a" }, { ifSizeBytes: 4, ifLastModified: new Date(0) });

    await refuses(store.deleteObject({ bucket, key: "a" }, { ifSizeBytes: 0 }), "PreconditionFailed");
    await refuses(store.deleteObject({ bucket, key: "a" }, { ifLastModified: new Date(0) }), "PreconditionFailed");
  }),
];
