import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import type { AppendObjectInput, ObjectStore, ObjectVersion } from "../object-store.ts";
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

const kib = 1024;

function append(
  store: ObjectStore,
  bucket: string,
  bytes: string | Uint8Array,
  input: Partial<AppendObjectInput> = {},
): Promise<ObjectVersion> {
  return store.appendObject({ bucket, key: "log" }, bodyOf(bytes), { ...plain, offsetBytes: 0, ...input });
}

/** Appends pieces one after the other, and reads what has become of them. */
async function grow(store: ObjectStore, bucket: string, sizes: readonly number[]): Promise<Buffer> {
  const pieces = sizes.map((sizeBytes, at) => patterned(sizeBytes, at + 1));
  let offsetBytes = 0;
  for (const piece of pieces) {
    const { sizeBytes } = await append(store, bucket, piece, { offsetBytes });
    offsetBytes += piece.length;
    equal(sizeBytes, offsetBytes);
  }
  return Buffer.concat(pieces);
}

const growths: readonly (readonly number[])[] = [
  [10, 20, 30],
  [100 * kib, 28 * kib],
  [100 * kib, 28 * kib + 1, 5],
  [200 * kib, 1, 100 * kib],
  [0, 7, 300 * kib, 64 * kib],
];

export const appendCases = [
  ...growths.map((sizes) =>
    rule(`appends ${sizes.join(", ")} bytes to one object`, async (store) => {
      const bucket = await createBucket(store);

      const bytes = await grow(store, bucket, sizes);

      ok(bytes.equals(await readBytes(store, bucket, "log")));
      const last = { first: bytes.length - 9, last: bytes.length - 1 };
      ok(bytes.subarray(-9).equals(await readBytes(store, bucket, "log", last)));
      deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: bytes.length });
      await store.deleteObject({ bucket, key: "log" });
      deepEqual(await store.bucketUsage(bucket), { objects: 0, versions: 0, sizeBytes: 0 });
    }),
  ),

  rule("appends to a multipart object, which has a part more", async (store) => {
    const bucket = await createBucket(store);
    const upload = await store.createUpload({ bucket, key: "log" }, plain);
    const first = await store.putPart(upload, bodyOf(patterned(minPartBytes, 1)), { partNumber: 3 });
    const second = await store.putPart(upload, bodyOf("second"), { partNumber: 7 });
    const { etag, sizeBytes } = await store.completeUpload(upload, { parts: [first, second] });

    const longer = await append(store, bucket, "third", { offsetBytes: sizeBytes });

    equal(longer.partsCount, 3);
    notEqual(longer.etag, etag);
    ok(longer.etag.endsWith("-3"));
    const opened = await open(store, bucket, "log");
    const range = { first: sizeBytes, last: sizeBytes + 4 };
    deepEqual(await opened.part(8), { range });
    equal((await collect(opened.read(range))).toString(), "third");
    await opened.close();
    await refuses(store.completeUpload(upload, { parts: [first, second] }), "NoSuchUpload");
  }),

  rule("makes an object with what is said, and keeps that when something is appended", async (store) => {
    const bucket = await createBucket(store);
    const metadata = { headers: { "content-type": "text/plain" }, user: { a: "1" } };
    await append(store, bucket, "one", { metadata, attributes: { tags: { a: "b" } } });

    const longer = await append(store, bucket, "two", { offsetBytes: 3, ownerId: "other" });

    equal(longer.etag, md5Of("onetwo"));
    equal(longer.ownerId, "owner");
    deepEqual(longer.metadata, metadata);
    deepEqual(longer.attributes, { tags: { a: "b" } });
    deepEqual(await store.headObject({ bucket, key: "log" }), longer);
    equal(await readText(store, bucket, "log"), "onetwo");
  }),

  rule("appends only at the end, and leaves the object as it is otherwise", async (store) => {
    const bucket = await createBucket(store);
    await refuses(append(store, bucket, "x", { offsetBytes: 1 }), "InvalidWriteOffset", { Key: "log" });
    const written = await put(store, bucket, "log", "abc");

    for (const offsetBytes of [0, 2, 4]) {
      await refuses(append(store, bucket, "x", { offsetBytes }), "InvalidWriteOffset");
    }

    deepEqual(await store.headObject({ bucket, key: "log" }), written);
  }),

  rule("appends nothing when the body fails, differs or may not come", async (store) => {
    const bucket = await createBucket(store);
    const { etag } = await put(store, bucket, "log", "abc");
    const at = { ...plain, offsetBytes: 3 };
    const address = { bucket, key: "log" };

    const cut = store.appendObject(address, failingBody(new Error("cut"), Buffer.from("x")), at);
    equal(await cut.catch(({ message }: Error) => message), "cut");
    await refuses(append(store, bucket, "x", { ...at, contentMd5: md5Of("y") }), "BadDigest");
    await refuses(append(store, bucket, "x", { ...at, conditions: { ifNoneMatch: "*" } }), "PreconditionFailed");
    await refuses(append(store, bucket, "x", { ...at, conditions: { ifMatch: md5Of("y") } }), "PreconditionFailed");
    equal(await readText(store, bucket, "log"), "abc");

    await append(store, bucket, "d", { ...at, conditions: { ifMatch: etag } });
    equal(await readText(store, bucket, "log"), "abcd");
  }),

  rule("appends no bytes without a change", async (store) => {
    const bucket = await createBucket(store);
    const written = await put(store, bucket, "log", "abc");

    deepEqual(await append(store, bucket, "", { offsetBytes: 3 }), written);
    await store.putObject({ bucket, key: "log" }, bodyOf(patterned(300 * kib)), plain);
    await append(store, bucket, "", { offsetBytes: 300 * kib });

    equal((await store.headObject({ bucket, key: "log" }))?.isDeleteMarker, false);
    ok(patterned(300 * kib).equals(await readBytes(store, bucket, "log")));
  }),

  ...[10, 200 * kib].map((sizeBytes) =>
    rule(`lets one of concurrent appends win on ${sizeBytes} bytes, and its bytes are all there are`, async (store) => {
      const bucket = await createBucket(store);
      const start = patterned(sizeBytes);
      await store.putObject({ bucket, key: "log" }, bodyOf(start), plain);

      const attempts = await Promise.allSettled(
        ["1", "2", "3", "4"].map((text) => append(store, bucket, text.repeat(9), { offsetBytes: sizeBytes })),
      );

      const winner = attempts.findIndex(({ status }) => status === "fulfilled") + 1;
      equal(attempts.filter(({ status }) => status === "fulfilled").length, 1);
      for (const attempt of attempts) {
        if (attempt.status === "rejected") equal(attempt.reason.code, "InvalidWriteOffset");
      }
      const expected = Buffer.concat([start, Buffer.from(String(winner).repeat(9))]);
      ok(expected.equals(await readBytes(store, bucket, "log")));
    }),
  ),

  ...[10, 200 * kib].map((sizeBytes) =>
    rule(`lets readers of ${sizeBytes} bytes go on with those, whatever is appended or deleted`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = await grow(store, bucket, [sizeBytes, 5]);
      const opened = await open(store, bucket, "log");
      const copied = { bucket, key: "copy" };

      await append(store, bucket, patterned(200 * kib, 9), { offsetBytes: bytes.length });
      ok(bytes.equals(await collect(opened.read())));
      equal(opened.version.sizeBytes, bytes.length);
      equal((await store.copyObject(opened, copied, plain)).sizeBytes, bytes.length);
      await store.deleteObject({ bucket, key: "log" });
      ok(bytes.equals(await collect(opened.read())));
      await opened.close();

      ok(bytes.equals(await readBytes(store, bucket, "copy")));
    }),
  ),

  ...[[10], [200 * kib], [200 * kib, 5]].map((sizes) =>
    rule(`keeps copies of ${sizes.join(" and ")} bytes apart from what is appended to one`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = await grow(store, bucket, sizes);
      const source = await open(store, bucket, "log");
      await store.copyObject(source, { bucket, key: "copy" }, plain);
      await store.copyObject(source, { bucket, key: "other" }, plain);
      await source.close();

      await append(store, bucket, "more", { offsetBytes: bytes.length });
      ok(bytes.equals(await readBytes(store, bucket, "copy")));
      await store.deleteObject({ bucket, key: "log" });
      ok(bytes.equals(await readBytes(store, bucket, "copy")));
      await store.appendObject({ bucket, key: "copy" }, bodyOf("x"), { ...plain, offsetBytes: bytes.length });
      await store.deleteObject({ bucket, key: "other" });

      ok(Buffer.concat([bytes, Buffer.from("x")]).equals(await readBytes(store, bucket, "copy")));
      deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: bytes.length + 1 });
    }),
  ),

  rule("asks for the checksum of the longer object, and has none without it", async (store) => {
    const bucket = await createBucket(store);
    const of = (value: string) => ({ algorithm: "CRC32", type: "FULL_OBJECT", value }) as const;
    await append(store, bucket, "abc", { checksum: () => of("first") });
    const asked: unknown[] = [];

    const longer = await append(store, bucket, "de", {
      offsetBytes: 3,
      checksum: () => of("second"),
      combineChecksums: (object, added) => {
        asked.push(object, added);
        return of("both");
      },
    });

    deepEqual(longer.checksum, of("both"));
    deepEqual(asked, [
      { sizeBytes: 3, checksum: of("first") },
      { sizeBytes: 2, checksum: of("second") },
    ]);
    equal((await append(store, bucket, "f", { offsetBytes: 5 })).checksum, undefined);
  }),

  rule("tells of the longer object", async (store) => {
    const bucket = await createBucket(store);
    const onChange: NonNullable<AppendObjectInput["onChange"]> = ({ kind, version }) => [
      { queue: "q", group: kind, text: version.isDeleteMarker ? "" : String(version.sizeBytes) },
    ];
    await append(store, bucket, "abc", { onChange });
    await append(store, bucket, "de", { onChange, offsetBytes: 3 });
    await append(store, bucket, "", { onChange, offsetBytes: 5 });
    await append(store, bucket, patterned(200 * kib), { onChange, offsetBytes: 5 });

    const messages = await store.readMessages("q", { state: "waiting", limit: 10 });
    deepEqual(
      messages.map(({ group, text }) => [group, text]),
      [
        ["added", "3"],
        ["added", "5"],
        ["added", String(200 * kib + 5)],
      ],
    );
  }),

  rule("counts what is appended against the quota", async (store) => {
    const bucket = await createBucket(store);
    await store.putBucketQuota(bucket, { maxSizeBytes: 10, maxVersions: 1 });
    await append(store, bucket, "12345678");

    await refuses(append(store, bucket, "901", { offsetBytes: 8 }), "QuotaExceeded");
    const unread = failingBody(new Error("the body was read"));
    const input = { ...plain, offsetBytes: 8, declaredSizeBytes: 3 };
    await refuses(store.appendObject({ bucket, key: "log" }, unread, input), "QuotaExceeded");
    await append(store, bucket, "90", { offsetBytes: 8 });
  }),

  rule("appends nothing to an encrypted object, and nothing encrypted to another", async (store) => {
    const bucket = await createBucket(store);
    const encryption = { key: Buffer.alloc(32, 7), description: "k" };
    const written = await append(store, bucket, "abc", { encryption });
    equal(written.encryption, "k");

    await refuses(append(store, bucket, "x", { offsetBytes: 3 }), "AppendToEncrypted", { Key: "log" });
    await refuses(append(store, bucket, "x", { offsetBytes: 3, encryption }), "AppendToEncrypted");
    await put(store, bucket, "log", "abc");
    await refuses(append(store, bucket, "x", { offsetBytes: 3, encryption }), "AppendToEncrypted");

    equal(await readText(store, bucket, "log"), "abc");
  }),

  rule("appends nothing where there are or were versions", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "log", "abc");
    for (const versioning of ["Enabled", "Suspended"] as const) {
      await store.putBucketVersioning(bucket, versioning);
      await refuses(append(store, bucket, "x", { offsetBytes: 3 }), "InvalidBucketState", { BucketName: bucket });
    }
    await refuses(append(store, "nowhere", "x"), "NoSuchBucket");
  }),
];
