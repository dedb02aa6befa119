import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import {
  bodyOf,
  collect,
  createBucket,
  failingBody,
  md5Of,
  open,
  patterned,
  plain,
  put,
  readBytes,
  readText,
  refuses,
  reusedBody,
  rule,
} from "./case-tools.ts";

/** Around every place where a store may change its way: nothing, small, its buffers, several of them. */
const sizes = [0, 1, 4096, 32_767, 32_768, 32_769, 65_537, 1_048_575, 1_048_576, 1_048_577, 3_400_000];

export const bodyCases = [
  ...sizes.map((sizeBytes) =>
    rule(`gives back a body of ${sizeBytes} bytes, whole and by range`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);

      const stored = await store.putObject({ bucket, key: "a" }, reusedBody(bytes, 60_000), plain);

      equal(stored.sizeBytes, sizeBytes);
      equal(stored.etag, md5Of(bytes));
      ok(bytes.equals(await readBytes(store, bucket, "a")));
      if (sizeBytes === 0) return;
      const last = sizeBytes - 1;
      const middle = Math.floor(sizeBytes / 2);
      for (const range of [
        { first: 0, last: 0 },
        { first: last, last },
        { first: middle, last },
        { first: 0, last: middle },
      ]) {
        ok(bytes.subarray(range.first, range.last + 1).equals(await readBytes(store, bucket, "a", range)));
      }
    }),
  ),

  rule("takes a body in chunks of one byte, and with empty ones", async (store) => {
    const bucket = await createBucket(store);
    const bytes = patterned(3000);
    const chunks = [...bytes].flatMap((byte) => [Buffer.alloc(0), Buffer.of(byte)]);

    await store.putObject({ bucket, key: "a" }, bodyOf(...chunks), plain);

    ok(bytes.equals(await readBytes(store, bucket, "a")));
  }),

  ...[10, 100_000].map((sizeBytes) =>
    rule(`keeps the old object when a body of ${sizeBytes} bytes throws, and throws the same`, async (store) => {
      const bucket = await createBucket(store);
      await put(store, bucket, "a", "old");
      const failure = new Error("the connection was cut");

      await rejects(store.putObject({ bucket, key: "a" }, failingBody(failure, patterned(sizeBytes)), plain), failure);
      await rejects(store.putObject({ bucket, key: "b" }, failingBody(failure, patterned(sizeBytes)), plain), failure);

      equal(await readText(store, bucket, "a"), "old");
      equal(await store.headObject({ bucket, key: "b" }), undefined);
      deepEqual(await store.bucketUsage(bucket), { objects: 1, versions: 1, sizeBytes: 3 });
    }),
  ),

  ...[10, 100_000].map((sizeBytes) =>
    rule(`refuses ${sizeBytes} bytes that do not have the announced MD5`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      const input = { ...plain, contentMd5: md5Of("other") };

      await refuses(store.putObject({ bucket, key: "a" }, bodyOf(bytes), input), "BadDigest", {
        ExpectedDigest: md5Of("other"),
        CalculatedDigest: md5Of(bytes),
      });

      equal(await store.headObject({ bucket, key: "a" }), undefined);
      await store.putObject({ bucket, key: "a" }, bodyOf(bytes), { ...plain, contentMd5: md5Of(bytes) });
    }),
  ),

  ...[10, 100_000].map((sizeBytes) =>
    rule(
      `asks for the checksum of ${sizeBytes} bytes once, after the last one, and keeps nothing when it throws`,
      async (store) => {
        const bucket = await createBucket(store);
        let hasEnded = false;
        let asked = 0;
        const body = async function* () {
          yield patterned(sizeBytes);
          hasEnded = true;
        };
        const checksum = () => {
          asked += 1;
          equal(hasEnded, true);
          throw new Error("wrong checksum");
        };

        await rejects(store.putObject({ bucket, key: "a" }, body(), { ...plain, checksum }), /wrong checksum/);

        equal(asked, 1);
        equal(await store.headObject({ bucket, key: "a" }), undefined);
      },
    ),
  ),

  ...[10, 100_000].map((sizeBytes) =>
    rule(`keeps ${sizeBytes} open bytes readable while their object is replaced and deleted`, async (store) => {
      const bucket = await createBucket(store);
      const bytes = patterned(sizeBytes);
      await store.putObject({ bucket, key: "a" }, bodyOf(bytes), plain);
      const opened = await open(store, bucket, "a");

      await put(store, bucket, "a", "new");
      ok(bytes.equals(await collect(opened.read())));
      await store.deleteObject({ bucket, key: "a" });
      ok(bytes.equals(await collect(opened.read({ first: 0, last: sizeBytes - 1 }))));
      await opened.close();
    }),
  ),

  rule("reads one open object several times, and lets a read be left early", async (store) => {
    const bucket = await createBucket(store);
    const bytes = patterned(700_000);
    await store.putObject({ bucket, key: "a" }, bodyOf(bytes), plain);
    const opened = await open(store, bucket, "a");

    for await (const chunk of opened.read()) {
      ok(chunk.length > 0);
      break;
    }
    const [first, second] = await Promise.all([collect(opened.read()), collect(opened.read({ first: 9, last: 99 }))]);
    await opened.close();

    ok(bytes.equals(first));
    ok(bytes.subarray(9, 100).equals(second));
  }),

  rule("does not read the body of a write that is refused beforehand", async (store) => {
    const bucket = await createBucket(store);
    await put(store, bucket, "a");
    let wasRead = false;
    const body = async function* () {
      wasRead = true;
      yield Buffer.from("x");
    };

    await refuses(
      store.putObject({ bucket, key: "a" }, body(), { ...plain, conditions: { ifNoneMatch: "*" } }),
      "PreconditionFailed",
    );
    await refuses(store.putObject({ bucket: "absent", key: "a" }, body(), plain), "NoSuchBucket");

    equal(wasRead, false);
  }),
];
