import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ObjectStore, Part, UploadAddress } from "../object-store.ts";
import {
  bodyOf,
  collect,
  createBucket,
  failingBody,
  md5Of,
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

const large = patterned(minPartBytes, 7);

async function start(store: ObjectStore, key = "a"): Promise<UploadAddress> {
  const bucket = await createBucket(store);
  return await store.createUpload({ bucket, key }, plain);
}

function putPart(
  store: ObjectStore,
  upload: UploadAddress,
  partNumber: number,
  bytes: string | Uint8Array,
): Promise<Part> {
  return store.putPart(upload, bodyOf(bytes), { partNumber });
}

export const multipartCases = [
  rule("starts an upload and reads it back, under its own bucket and key only", async (store) => {
    const bucket = await createBucket(store);
    await createBucket(store, "other");
    const input = {
      ownerId: "alice",
      metadata: { headers: { "content-type": "x/y" }, user: { a: "b" } },
      checksumAlgorithm: "CRC32",
      checksumType: "COMPOSITE" as const,
    };

    const upload = await store.createUpload({ bucket, key: "a" }, input);

    ok(/^[A-Za-z0-9_.-]{22,128}$/.test(upload.uploadId));
    deepEqual(upload, { bucket, key: "a", uploadId: upload.uploadId, initiatedAt: upload.initiatedAt, ...input });
    deepEqual(await store.readUpload(upload), upload);
    equal(await store.readUpload({ ...upload, key: "b" }), undefined);
    equal(await store.readUpload({ ...upload, bucket: "other" }), undefined);
    for (const uploadId of ["", "x", "../x", "A".repeat(40), "A".repeat(4000)]) {
      equal(await store.readUpload({ ...upload, uploadId }), undefined);
    }
    equal(await store.headObject({ bucket, key: "a" }), undefined);
  }),

  rule("completes parts uploaded in any order into one object, with the metadata of the start", async (store) => {
    const bucket = await createBucket(store);
    const metadata = { headers: { "content-type": "x/y" }, user: { a: "b" } };
    const upload = await store.createUpload({ bucket, key: "a" }, { ownerId: "alice", metadata });
    const last = patterned(40_000, 8);
    const checksum = { algorithm: "CRC32", type: "COMPOSITE", value: "AAAAAA==-2" } as const;

    const second = await putPart(store, upload, 9, last);
    const first = await putPart(store, upload, 3, large);
    const stored = await store.completeUpload(upload, { parts: [first, second], checksum });

    const digests = Buffer.concat([large, last].map((bytes) => createHash("md5").update(bytes).digest()));
    equal(stored.etag, `${md5Of(digests)}-2`);
    equal(stored.sizeBytes, large.length + last.length);
    equal(stored.partsCount, 2);
    equal(stored.ownerId, "alice");
    deepEqual(stored.metadata, metadata);
    deepEqual(stored.checksum, checksum);
    deepEqual(await store.headObject({ bucket, key: "a" }), stored);
    ok(Buffer.concat([large, last]).equals(await readBytes(store, bucket, "a")));
  }),

  rule("reads ranges of a multipart object within, across and at the edges of parts", async (store) => {
    const upload = await start(store);
    const tail = patterned(300_000, 9);
    const parts = [await putPart(store, upload, 1, large), await putPart(store, upload, 2, tail)];
    const { bucket } = upload;
    await store.completeUpload(upload, { parts });
    const whole = Buffer.concat([large, tail]);

    for (const [first, last] of [
      [0, 0],
      [5, 1000],
      [minPartBytes - 1, minPartBytes - 1],
      [minPartBytes, minPartBytes],
      [minPartBytes - 10, minPartBytes + 10],
      [whole.length - 1, whole.length - 1],
      [1, whole.length - 2],
    ] as const) {
      ok(
        whole.subarray(first, last + 1).equals(await readBytes(store, bucket, "a", { first, last })),
        `${first}-${last}`,
      );
    }
  }),

  rule("says where a part lies, and keeps its checksum", async (store) => {
    const upload = await start(store);
    const checksum = { algorithm: "SHA256", type: "FULL_OBJECT", value: "AAAA" } as const;
    const first = await store.putPart(upload, bodyOf(large), { partNumber: 2, checksum: () => checksum });
    const second = await putPart(store, upload, 5, "");
    await store.completeUpload(upload, { parts: [first, second] });

    const opened = await open(store, upload.bucket, "a");

    deepEqual(await opened.part(2), { range: { first: 0, last: large.length - 1 }, checksum });
    deepEqual(await opened.part(5), { range: undefined });
    equal(await opened.part(1), undefined);
    const shown = [
      { partNumber: 2, sizeBytes: large.length, checksum },
      { partNumber: 5, sizeBytes: 0 },
    ];
    deepEqual(await opened.listParts({ maxParts: 10 }), { parts: shown, isTruncated: false });
    deepEqual(await opened.listParts({ maxParts: 1 }), { parts: shown.slice(0, 1), isTruncated: true });
    deepEqual(await opened.listParts({ maxParts: 1, afterPartNumber: 2 }), {
      parts: shown.slice(1),
      isTruncated: false,
    });
    deepEqual(await opened.listParts({ maxParts: 1, afterPartNumber: 5 }), { parts: [], isTruncated: false });
    deepEqual(await opened.listParts({ maxParts: 0 }), { parts: [], isTruncated: false });
    await opened.close();
  }),

  rule("gives an object of one part the etag of a multipart object", async (store) => {
    const upload = await start(store);
    const part = await putPart(store, upload, 1, "only");

    const stored = await store.completeUpload(upload, { parts: [part] });

    equal(stored.etag, `${md5Of(Buffer.from(md5Of("only"), "hex"))}-1`);
    equal(stored.partsCount, 1);
    equal(await readText(store, upload.bucket, "a"), "only");
  }),

  rule("completes an empty part", async (store) => {
    const upload = await start(store);
    const part = await putPart(store, upload, 1, "");

    const stored = await store.completeUpload(upload, { parts: [part] });

    equal(stored.sizeBytes, 0);
    equal((await readBytes(store, upload.bucket, "a")).length, 0);
  }),

  rule("replaces a part of the same number", async (store) => {
    const upload = await start(store);
    const old = await putPart(store, upload, 1, patterned(50_000));
    const part = await putPart(store, upload, 1, "new");

    await refuses(store.completeUpload(upload, { parts: [old] }), "InvalidPart", { PartNumber: "1" });
    await store.completeUpload(upload, { parts: [part] });

    equal(await readText(store, upload.bucket, "a"), "new");
  }),

  rule("lists parts by number, a page at a time", async (store) => {
    const upload = await start(store);
    const stored = new Map<number, Part>();
    for (const number of [10_000, 3, 1, 256])
      stored.set(number, await putPart(store, upload, number, `part ${number}`));

    deepEqual(await store.listParts(upload, { maxParts: 10 }), {
      parts: [1, 3, 256, 10_000].map((number) => stored.get(number)),
      isTruncated: false,
    });
    const page = await store.listParts(upload, { maxParts: 2 });
    deepEqual(
      [page.parts.map(({ partNumber }) => partNumber), page.isTruncated, page.nextPartNumber],
      [[1, 3], true, 3],
    );
    const rest = await store.listParts(upload, { afterPartNumber: 3, maxParts: 2 });
    deepEqual([rest.parts.map(({ partNumber }) => partNumber), rest.isTruncated], [[256, 10_000], false]);
    deepEqual((await store.listParts(upload, { afterPartNumber: 10_000, maxParts: 2 })).parts, []);
    equal((await store.listParts(upload, { maxParts: 0 })).isTruncated, false);
  }),

  rule("refuses parts out of order, unknown, changed or missing, and stays usable", async (store) => {
    const upload = await start(store);
    const first = await putPart(store, upload, 1, large);
    const second = await putPart(store, upload, 2, "end");
    const { etag } = second;

    await refuses(store.completeUpload(upload, { parts: [second, first] }), "InvalidPartOrder");
    await refuses(store.completeUpload(upload, { parts: [first, first] }), "InvalidPartOrder");
    await refuses(store.completeUpload(upload, { parts: [first, { partNumber: 3, etag }] }), "InvalidPart", {
      PartNumber: "3",
    });
    await refuses(store.completeUpload(upload, { parts: [{ partNumber: 1, etag }] }), "InvalidPart");
    await refuses(store.completeUpload(upload, { parts: [] }), "InvalidPart");

    await store.completeUpload(upload, { parts: [first, second] });
  }),

  rule("refuses a part below 5 MiB that is not the last", async (store) => {
    const upload = await start(store);
    const parts = [await putPart(store, upload, 1, large.subarray(1)), await putPart(store, upload, 2, "end")];

    await refuses(store.completeUpload(upload, { parts }), "EntityTooSmall", {
      PartNumber: "1",
      ProposedSize: String(minPartBytes - 1),
      MinSizeAllowed: String(minPartBytes),
    });
  }),

  rule("drops the parts that are not listed", async (store) => {
    const upload = await start(store);
    const { bucket } = upload;
    const small = await putPart(store, upload, 1, "kept");
    await putPart(store, upload, 2, patterned(50_000));
    await putPart(store, upload, 3, "dropped");

    const stored = await store.completeUpload(upload, { parts: [small] });

    equal(stored.sizeBytes, 4);
    equal(await readText(store, bucket, "a"), "kept");
    deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: 4 });
  }),

  rule("forgets an upload once it is completed", async (store) => {
    const upload = await start(store);
    const part = await putPart(store, upload, 1, "x");
    await store.completeUpload(upload, { parts: [part] });

    equal(await store.readUpload(upload), undefined);
    await refuses(putPart(store, upload, 1, "x"), "NoSuchUpload", { UploadId: upload.uploadId });
    await refuses(store.listParts(upload, { maxParts: 1 }), "NoSuchUpload");
    await refuses(store.abortUpload(upload), "NoSuchUpload");
    deepEqual((await store.listUploads(upload.bucket, { maxUploads: 10 })).uploads, []);
  }),

  rule("answers a repeated completion with the same object while it is current", async (store) => {
    const upload = await start(store);
    const part = await putPart(store, upload, 1, "x");
    const input = { parts: [part], conditions: { ifNoneMatch: "*" as const } };
    const stored = await store.completeUpload(upload, input);

    deepEqual(await store.completeUpload(upload, input), stored);
    await refuses(store.completeUpload(upload, { parts: [{ partNumber: 2, etag: part.etag }] }), "NoSuchUpload");
    await refuses(store.completeUpload({ ...upload, key: "b" }, input), "NoSuchUpload");
    await put(store, upload.bucket, "a", "other");
    await refuses(store.completeUpload(upload, input), "NoSuchUpload");
  }),

  rule("does not take a copy for the completion of its original", async (store) => {
    const upload = await start(store);
    const part = await putPart(store, upload, 1, "x");
    await store.completeUpload(upload, { parts: [part] });
    const source = await open(store, upload.bucket, "a");
    await store.copyObject(source, { bucket: upload.bucket, key: "a" }, plain);
    await source.close();

    await refuses(store.completeUpload(upload, { parts: [part] }), "NoSuchUpload");
  }),

  rule("lets concurrent completions of one upload make one object", async (store) => {
    const upload = await start(store);
    await store.putBucketVersioning(upload.bucket, "Enabled");
    const part = await putPart(store, upload, 1, "x");

    const stored = await Promise.all(Array.from({ length: 8 }, () => store.completeUpload(upload, { parts: [part] })));

    equal(new Set(stored.map(({ versionId }) => versionId)).size, 1);
    equal((await store.listVersions(upload.bucket, { maxKeys: 10 })).versions.length, 1);
  }),

  rule("decides the conditions of a completion against the current object", async (store) => {
    const upload = await start(store);
    const part = await putPart(store, upload, 1, "x");
    await refuses(store.completeUpload(upload, { parts: [part], conditions: { ifMatch: "*" } }), "NoSuchKey");
    await put(store, upload.bucket, "a", "taken");

    await refuses(
      store.completeUpload(upload, { parts: [part], conditions: { ifNoneMatch: "*" } }),
      "PreconditionFailed",
    );
    await store.completeUpload(upload, { parts: [part], conditions: { ifMatch: md5Of("taken") } });

    equal(await readText(store, upload.bucket, "a"), "x");
  }),

  rule("makes a version of a completed upload where versioning is enabled", async (store) => {
    const upload = await start(store);
    await store.putBucketVersioning(upload.bucket, "Enabled");
    const { versionId } = await put(store, upload.bucket, "a", "old");
    const part = await putPart(store, upload, 1, patterned(40_000));
    const stored = await store.completeUpload(upload, { parts: [part] });

    equal(await readText(store, upload.bucket, "a", versionId), "old");
    await store.deleteObject({ bucket: upload.bucket, key: "a" }, { versionId: stored.versionId });
    equal(await readText(store, upload.bucket, "a"), "old");
  }),

  rule("aborts an upload: its parts are gone, and one in flight does not survive", async (store) => {
    const upload = await start(store);
    await putPart(store, upload, 1, patterned(50_000));
    const slow = async function* () {
      yield patterned(50_000);
      await store.abortUpload(upload);
    };

    await refuses(store.putPart(upload, slow(), { partNumber: 2 }), "NoSuchUpload");

    equal(await store.readUpload(upload), undefined);
    await refuses(store.listParts(upload, { maxParts: 1 }), "NoSuchUpload");
    await refuses(store.completeUpload(upload, { parts: [{ partNumber: 1, etag: "e" }] }), "NoSuchUpload");
    await refuses(store.abortUpload(upload), "NoSuchUpload");
    deepEqual(await store.bucketUsage(upload.bucket), { objects: 0, versions: 0, sizeBytes: 0 });
  }),

  ...[10, 100_000].map((sizeBytes) =>
    rule(`keeps the old part when ${sizeBytes} new bytes throw or have the wrong MD5`, async (store) => {
      const upload = await start(store);
      const old = await putPart(store, upload, 1, "old");
      const failure = new Error("the connection was cut");
      const bytes = patterned(sizeBytes);

      await rejects(store.putPart(upload, failingBody(failure, bytes), { partNumber: 1 }), failure);
      await refuses(store.putPart(upload, bodyOf(bytes), { partNumber: 1, contentMd5: md5Of("other") }), "BadDigest");

      deepEqual((await store.listParts(upload, { maxParts: 10 })).parts, [old]);
    }),
  ),

  rule("keeps an open multipart object readable while it is replaced and deleted", async (store) => {
    const upload = await start(store);
    const tail = patterned(300_000, 9);
    const parts = [await putPart(store, upload, 1, large), await putPart(store, upload, 2, tail)];
    await store.completeUpload(upload, { parts });
    const opened = await open(store, upload.bucket, "a");

    await put(store, upload.bucket, "a", "new");
    await store.deleteObject({ bucket: upload.bucket, key: "a" });

    ok(Buffer.concat([large, tail]).equals(await collect(opened.read())));
    await opened.close();
  }),
];
