import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import type { ObjectEncryption, ObjectStore, ObjectVersion } from "../object-store.ts";
import {
  bodyOf,
  collect,
  createBucket,
  md5Of,
  minPartBytes,
  open,
  patterned,
  plain,
  refuses,
  rule,
} from "./case-tools.ts";

/** Around the blocks that a store encrypts, and where it begins to use files. */
const sizes = [0, 1, 65_519, 65_520, 65_521, 131_072, 131_073, 400_000];

const key = patterned(32, 77);
const encryption: ObjectEncryption = { key, description: "key 77" };

async function putEncrypted(store: ObjectStore, bucket: string, bytes: Uint8Array): Promise<ObjectVersion> {
  return await store.putObject({ bucket, key: "a" }, bodyOf(bytes), { ...plain, encryption });
}

async function openWith(store: ObjectStore, bucket: string, name: string, objectKey: Uint8Array) {
  const opened = await store.openObject({ bucket, key: name }, undefined, { keyOf: () => objectKey });
  ok(opened !== undefined && "read" in opened, `expected ${name} to be an object`);
  return opened;
}

async function readWith(
  store: ObjectStore,
  {
    bucket,
    name,
    objectKey = key,
  }: { readonly bucket: string; readonly name: string; readonly objectKey?: Uint8Array },
  range?: { readonly first: number; readonly last: number },
): Promise<Buffer> {
  const opened = await openWith(store, bucket, name, objectKey);
  try {
    return await collect(opened.read(range));
  } finally {
    await opened.close();
  }
}

export const encryptionCases = [
  ...sizes.map((sizeBytes) =>
    rule(`gives ${sizeBytes} encrypted bytes back to who has the key`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);

      const written = await putEncrypted(store, bucket, bytes);

      deepEqual([written.sizeBytes, written.etag, written.encryption], [sizeBytes, md5Of(bytes), "key 77"]);
      ok(bytes.equals(await readWith(store, { bucket, name: "a" })));
      const head = await store.headObject({ bucket, key: "a" });
      equal(head?.isDeleteMarker === false && head.encryption, "key 77");
      equal((await store.bucketUsage(bucket)).sizeBytes, sizeBytes);
    }),
  ),

  rule("gives any range of encrypted bytes back", async (store) => {
    const bucket = await createBucket(store);
    const bytes = patterned(400_000);
    await putEncrypted(store, bucket, bytes);
    const edges = [0, 1, 65_519, 65_520, 65_521, 131_039, 131_040, 200_000, 399_999];

    for (const [at, first] of edges.entries()) {
      for (const last of edges.slice(at)) {
        const read = await readWith(store, { bucket, name: "a" }, { first, last });
        ok(bytes.subarray(first, last + 1).equals(read), `bytes ${first} to ${last}`);
      }
    }
  }),

  ...[100, 200_000].map((sizeBytes) =>
    rule(`keeps ${sizeBytes} encrypted bytes from who has no key, or another one`, async (store) => {
      const bucket = await createBucket(store);
      await putEncrypted(store, bucket, patterned(sizeBytes));

      const opened = await open(store, bucket, "a");
      equal(opened.bytes, undefined);
      await rejects(async () => await collect(opened.read()), TypeError);
      await opened.close();
      await refuses(readWith(store, { bucket, name: "a", objectKey: patterned(32, 78) }), "ObjectDamaged");
    }),
  ),

  rule("asks for the key with what is known of the version, and passes a refusal on", async (store) => {
    const bucket = await createBucket(store);
    await putEncrypted(store, bucket, patterned(10));
    const refusal = new Error("no");
    let asked: ObjectVersion | undefined;

    const opening = store.openObject({ bucket, key: "a" }, undefined, {
      keyOf: (version) => {
        asked = version;
        throw refusal;
      },
    });

    await rejects(opening, refusal);
    deepEqual([asked?.encryption, asked?.sizeBytes], ["key 77", 10]);
  }),

  rule("asks nobody for the key of an object that is not encrypted", async (store) => {
    const bucket = await createBucket(store);
    await store.putObject({ bucket, key: "a" }, bodyOf("text"), plain);

    const opened = await store.openObject({ bucket, key: "a" }, undefined, {
      keyOf: () => {
        throw new Error("asked");
      },
    });

    ok(opened !== undefined && "read" in opened);
    equal((await collect(opened.read())).toString(), "text");
    equal(opened.version.encryption, undefined);
    await opened.close();
  }),

  rule("hides the MD5 of the bytes, with the same etag for the same bytes and key", async (store) => {
    const bucket = await createBucket(store);
    const bytes = patterned(200_000);
    const put = (name: string, body: Uint8Array) =>
      store.putObject({ bucket, key: name }, bodyOf(body), {
        ...plain,
        contentMd5: md5Of(body),
        encryption: { ...encryption, hidesMd5: true },
      });

    const [large, again, small] = [await put("a", bytes), await put("b", bytes), await put("c", bytes.subarray(0, 9))];

    equal(large.etag.length, 32);
    notEqual(large.etag, md5Of(bytes));
    equal(large.etag, again.etag);
    notEqual(small.etag, md5Of(bytes.subarray(0, 9)));
  }),

  rule("refuses bytes with another MD5 than announced, however they are encrypted", async (store) => {
    const bucket = await createBucket(store);
    const input = { ...plain, encryption: { ...encryption, hidesMd5: true }, contentMd5: md5Of("other") };

    await refuses(store.putObject({ bucket, key: "a" }, bodyOf("text"), input), "BadDigest");
    await refuses(store.putObject({ bucket, key: "a" }, bodyOf(patterned(200_000)), input), "BadDigest");
    equal(await store.headObject({ bucket, key: "a" }), undefined);
  }),

  ...[10, 300_000].map((sizeBytes) =>
    rule(`copies ${sizeBytes} encrypted bytes without their key, which opens the copy`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      const { etag } = await putEncrypted(store, bucket, bytes);
      const source = await open(store, bucket, "a");
      const copied = await store.copyObject(source, { bucket, key: "b" }, plain);
      await store.deleteObject({ bucket, key: "a" });
      await store.copyObject(source, { bucket, key: "c" }, plain);
      await source.close();

      deepEqual([copied.etag, copied.encryption], [etag, "key 77"]);
      ok(bytes.equals(await readWith(store, { bucket, name: "b" })));
      ok(bytes.equals(await readWith(store, { bucket, name: "c" })));
    }),
  ),

  rule("makes an encrypted object of encrypted parts", async (store) => {
    const bucket = await createBucket(store);
    const parts = [patterned(minPartBytes + 1, 3), patterned(minPartBytes, 4), patterned(5, 5)];
    const bytes = Buffer.concat(parts);
    const upload = await store.createUpload({ bucket, key: "a" }, { ...plain, encryption: "key 77" });
    await store.putPart(upload, bodyOf("replaced"), { partNumber: 2, encryption: { key } });
    const stored = [];
    for (const [at, part] of parts.entries()) {
      stored.push(await store.putPart(upload, bodyOf(part), { partNumber: at + 1, encryption: { key } }));
    }

    equal((await store.readUpload(upload))?.encryption, "key 77");
    const completed = await store.completeUpload(upload, { parts: stored });

    deepEqual([completed.encryption, completed.sizeBytes, completed.partsCount], ["key 77", bytes.length, 3]);
    const edge = minPartBytes + 1;
    for (const range of [undefined, { first: edge - 3, last: edge + 70_000 }, { first: 7, last: bytes.length - 3 }]) {
      const expected = range === undefined ? bytes : bytes.subarray(range.first, range.last + 1);
      ok(expected.equals(await readWith(store, { bucket, name: "a" }, range)));
    }
    const source = await openWith(store, bucket, "a", key);
    deepEqual((await source.part(2))?.range, { first: edge, last: edge + minPartBytes - 1 });
    await store.copyObject(source, { bucket, key: "b" }, plain);
    await store.deleteObject({ bucket, key: "a" });
    await store.deleteObject({ bucket, key: "b" });
    await store.copyObject(source, { bucket, key: "c" }, plain);
    await source.close();
    ok(bytes.equals(await readWith(store, { bucket, name: "c" })));
  }),

  rule("takes a part with a key exactly when its upload is encrypted", async (store) => {
    const bucket = await createBucket(store);
    const encrypted = await store.createUpload({ bucket, key: "a" }, { ...plain, encryption: "key 77" });
    const open = await store.createUpload({ bucket, key: "a" }, plain);

    await rejects(store.putPart(encrypted, bodyOf("x"), { partNumber: 1 }), TypeError);
    await rejects(store.putPart(open, bodyOf("x"), { partNumber: 1, encryption: { key } }), TypeError);
    deepEqual((await store.listParts(encrypted, { maxParts: 10 })).parts, []);
  }),

  rule("keeps the encryption of a version when its attributes change", async (store) => {
    const bucket = await createBucket(store);
    const bytes = patterned(300);
    await putEncrypted(store, bucket, bytes);

    const tagged = await store.putObjectAttributes({ bucket, key: "a" }, { tags: { a: "b" } });

    deepEqual([tagged.encryption, tagged.attributes], ["key 77", { tags: { a: "b" } }]);
    ok(bytes.equals(await readWith(store, { bucket, name: "a" })));
    const listed = (await store.listVersions(bucket, { maxKeys: 1 })).versions[0];
    equal(listed?.isDeleteMarker === false && listed.encryption, "key 77");
  }),
];
