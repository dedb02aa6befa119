import { deepEqual, equal, ok } from "node:assert/strict";
import type { ObjectStore, ObjectVersion, RenameObjectInput } from "../object-store.ts";
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

const sizes = [0, 10, 200_000];

function rename(
  store: ObjectStore,
  bucket: string,
  [sourceKey, key]: readonly [string, string],
  conditions: Omit<RenameObjectInput, "sourceKey"> = {},
): Promise<ObjectVersion> {
  return store.renameObject({ bucket, key }, { sourceKey, ...conditions });
}

export const renameCases = [
  ...sizes.map((sizeBytes) =>
    rule(`renames ${sizeBytes} bytes with all that is said about them`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      const written = await store.putObject({ bucket, key: "a" }, bodyOf(bytes), {
        ...plain,
        attributes: { tags: { k: "v" } },
        checksum: () => ({ algorithm: "CRC32", type: "FULL_OBJECT", value: "AAAAAA==" }),
      });

      const renamed = await rename(store, bucket, ["a", "b"]);

      deepEqual(renamed, { ...written, key: "b" });
      deepEqual(await store.headObject({ bucket, key: "b" }), renamed);
      equal(await store.headObject({ bucket, key: "a" }), undefined);
      ok(bytes.equals(await readBytes(store, bucket, "b")));
      deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes });
    }),
  ),

  ...sizes.map((sizeBytes) =>
    rule(`renames over ${sizeBytes} bytes, which are gone but for their readers`, async (store) => {
      const bucket = await createBucket(store);
      const replaced = patterned(sizeBytes, 2);
      await put(store, bucket, "a", "text");
      await store.putObject({ bucket, key: "b" }, bodyOf(replaced), plain);
      const reader = await open(store, bucket, "b");

      await rename(store, bucket, ["a", "b"]);

      ok(replaced.equals(await collect(reader.read())));
      await reader.close();
      equal(await readText(store, bucket, "b"), "text");
      deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: 4 });
      const { objects } = await store.listObjects(bucket, { maxKeys: 10 });
      deepEqual(
        objects.map(({ key }) => key),
        ["b"],
      );
    }),
  ),

  rule("renames a multipart object that somebody reads", async (store) => {
    const bucket = await createBucket(store);
    const upload = await store.createUpload({ bucket, key: "a" }, plain);
    const first = await store.putPart(upload, bodyOf(patterned(minPartBytes)), { partNumber: 1 });
    const second = await store.putPart(upload, bodyOf("end"), { partNumber: 2 });
    const written = await store.completeUpload(upload, { parts: [first, second] });
    const bytes = Buffer.concat([patterned(minPartBytes), Buffer.from("end")]);
    const reader = await open(store, bucket, "a");

    deepEqual(await rename(store, bucket, ["a", "b/c"]), { ...written, key: "b/c" });

    ok(bytes.equals(await collect(reader.read())));
    await reader.close();
    ok(bytes.equals(await readBytes(store, bucket, "b/c")));
    await rename(store, bucket, ["b/c", "a"]);
    await store.deleteObject({ bucket, key: "a" });
    deepEqual(await store.bucketUsage(bucket), { objects: 0, versions: 0, sizeBytes: 0 });
  }),

  ...sizes.map((sizeBytes) =>
    rule(`renames ${sizeBytes} encrypted bytes without their key`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      const encryption = { key: Buffer.alloc(32, 7), description: "k" };
      await store.putObject({ bucket, key: "a" }, bodyOf(bytes), { ...plain, encryption });

      equal((await rename(store, bucket, ["a", "b"])).encryption, "k");

      const opened = await store.openObject({ bucket, key: "b" }, undefined, { keyOf: () => encryption.key });
      ok(opened !== undefined && "read" in opened);
      ok(bytes.equals(await collect(opened.read())));
      await opened.close();
    }),
  ),

  rule("renames an object to its own name", async (store) => {
    const bucket = await createBucket(store);
    const written = await put(store, bucket, "a", "text");

    deepEqual(await rename(store, bucket, ["a", "a"]), written);

    equal(await readText(store, bucket, "a"), "text");
  }),

  rule("renames only what meets the conditions, and changes nothing otherwise", async (store) => {
    const bucket = await createBucket(store);
    const source = await put(store, bucket, "a", "source");
    const replaced = await put(store, bucket, "b", "replaced");
    const refuse = (conditions: Omit<RenameObjectInput, "sourceKey">, keys: readonly [string, string] = ["a", "b"]) =>
      refuses(rename(store, bucket, keys, conditions), "PreconditionFailed");

    await refuse({ conditions: { ifNoneMatch: "*" } });
    await refuse({ conditions: { ifMatch: source.etag } });
    await refuse({ sourceConditions: { ifMatch: replaced.etag } });
    await refuse({ sourceConditions: { ifNoneMatch: "*" } });
    const missing = { conditions: { ifMatch: replaced.etag } };
    await refuses(rename(store, bucket, ["a", "c"], missing), "NoSuchKey", { Key: "c" });
    await refuses(rename(store, bucket, ["c", "b"]), "NoSuchKey", { Key: "c" });
    await refuses(rename(store, "nowhere", ["a", "b"]), "NoSuchBucket");
    deepEqual(await store.headObject({ bucket, key: "a" }), source);
    deepEqual(await store.headObject({ bucket, key: "b" }), replaced);

    await rename(store, bucket, ["a", "c"], { conditions: { ifNoneMatch: "*" }, sourceConditions: { ifMatch: "*" } });
    await rename(store, bucket, ["c", "b"], {
      conditions: { ifMatch: replaced.etag },
      sourceConditions: { ifMatch: source.etag },
    });
    equal(await readText(store, bucket, "b"), "source");
  }),

  rule("renames one object to one of many names at once", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "text");
    const names = Array.from({ length: 8 }, (_, at) => `new-${at}`);

    const attempts = await Promise.allSettled(names.map((name) => rename(store, bucket, ["a", name])));

    equal(attempts.filter(({ status }) => status === "fulfilled").length, 1);
    deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: 4 });
  }),

  rule("tells of one object that goes and one that comes", async (store) => {
    const bucket = await createBucket(store);
    const written = await put(store, bucket, "a", "text");
    const changes: unknown[] = [];

    await store.renameObject(
      { bucket, key: "b" },
      {
        sourceKey: "a",
        onChange: (change) => {
          changes.push(change);
          return [{ queue: "q", group: change.version.key, text: change.kind }];
        },
      },
    );

    deepEqual(changes, [
      { kind: "removed", bucket, version: written },
      { kind: "added", bucket, version: { ...written, key: "b" } },
    ]);
    const messages = await store.readMessages("q", { state: "waiting", limit: 10 });
    deepEqual(
      messages.map(({ group, text }) => [group, text]),
      [
        ["a", "removed"],
        ["b", "added"],
      ],
    );
  }),

  rule("renames in a full bucket", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "text");
    await store.putBucketQuota(bucket, { maxSizeBytes: 4, maxVersions: 1 });

    await rename(store, bucket, ["a", "b"]);

    equal(await readText(store, bucket, "b"), "text");
  }),

  rule("renames nothing where there are or were versions", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a", "text");
    for (const versioning of ["Enabled", "Suspended"] as const) {
      await store.putBucketVersioning(bucket, versioning);
      await refuses(rename(store, bucket, ["a", "b"]), "InvalidBucketState", { BucketName: bucket });
    }
  }),
];
