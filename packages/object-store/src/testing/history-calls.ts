import type { ByteRange, ObjectStore, OpenObject } from "../object-store.ts";
import { bodyOf, collect, md5Of, minPartBytes, patterned, plain } from "./case-tools.ts";
import type { Names } from "./history-names.ts";

export type Random = (below: number) => number;

/** One question to a store. */
export type HistoryCall = {
  readonly title: string;
  run(store: ObjectStore, names: Names): Promise<unknown>;
};

export const historyBuckets = ["history", "history-2"] as const;

const kib = 1024;
const keys = ["a", "a/1", "a/2", "a/b/1", "a0", "b", "c//x", "\uff5e", "\u{1f600}"];
const prefixes = ["", "a", "a/", "c/", "z"];
const delimiters = ["", "/", "b", "//"];
const pageSizes = [0, 1, 2, 3, 1000];

// Where stores change their ways: nothing, blocks of 64 KiB, and the end of small bodies at 128 KiB.
const borders = [0, 64 * kib, 128 * kib, 192 * kib];

/** Bytes of all bodies: taking a piece is cheaper than making one. */
const material = patterned(minPartBytes + 2048, 7);

export function createRandom(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Everything random of a call is drawn here, before any store is asked. */
export function createCall(random: Random): HistoryCall {
  const bucket = random(8) === 0 ? historyBuckets[1] : historyBuckets[0];
  const one = <T>(values: readonly T[], otherwise: T): T => values[random(values.length)] ?? otherwise;
  const address = { bucket, key: one(keys, "a") };
  const destination = { bucket: random(8) === 0 ? historyBuckets[1] : bucket, key: one(keys, "a") };
  const start = random(1024);
  const bytes = material.subarray(start, start + createSize(random));
  const largePart = material.subarray(start, start + minPartBytes);
  const input = { ...plain, metadata: { headers: { "content-type": `t/${random(3)}` }, user: { n: `${random(3)}` } } };
  const n = random(100_000);
  const isOdd = n % 2 === 1;
  const partNumber = (n % 3) + 1;
  const max = one(pageSizes, 1);
  const marker = random(2) === 0 ? undefined : one(keys, "a");
  const query = { prefix: one(prefixes, ""), delimiter: one(delimiters, "") };
  const etag = { md5: md5Of(bytes) };
  const rangeAt = [random(1_000_000), random(1_000_000)] as const;

  const calls: readonly (readonly [weight: number, title: string, run: HistoryCall["run"]])[] = [
    [5, `put ${address.key} of ${bytes.length} bytes`, (store) => store.putObject(address, bodyOf(bytes), input)],
    [2, `put ${address.key} of ${bytes.length} bytes at once`, (store) => store.putObject(address, bytes, input)],
    [
      2,
      `put ${address.key} if it is absent`,
      (store) => store.putObject(address, bodyOf(bytes), { ...input, conditions: { ifNoneMatch: "*" } }),
    ],
    [
      2,
      `put ${address.key} if it is there, or as it was`,
      async (store) => {
        const current = await store.headObject(address);
        const ifMatch = isOdd && current?.isDeleteMarker === false ? current.etag : n % 3 === 0 ? "*" : etag.md5;
        return await store.putObject(address, bodyOf(bytes), { ...input, conditions: { ifMatch } });
      },
    ],
    [
      1,
      `put ${address.key} with a wrong digest, or a checksum`,
      (store) =>
        store.putObject(address, bodyOf(bytes), {
          ...input,
          contentMd5: isOdd ? etag.md5 : md5Of("other"),
          checksum: () => ({ algorithm: "CRC32", type: "FULL_OBJECT", value: "AAAAAA==" }),
        }),
    ],
    [2, `delete ${address.key}`, (store) => store.deleteObject(address)],
    [
      3,
      `delete a version of ${address.key}`,
      (store, { versionId }) => store.deleteObject(address, { versionId: versionId(n) }),
    ],
    [
      1,
      `delete ${address.key} if it matches`,
      (store) => store.deleteObject(address, { ifMatch: isOdd ? "*" : etag.md5 }),
    ],
    [1, "set versioning", (store) => store.putBucketVersioning(bucket, isOdd ? "Enabled" : "Suspended")],
    [1, "set durability", (store) => store.putBucketDurability(bucket, isOdd ? "relaxed" : "strict")],
    [
      3,
      `copy ${address.key} to ${destination.key}`,
      (store, { versionId }) =>
        withObject(store, { ...address, ...(n % 3 === 0 && { versionId: versionId(n) }) }, (source) =>
          store.copyObject(source, destination, {
            ...input,
            ...(n % 4 === 0 && { conditions: { ifNoneMatch: "*" as const } }),
          }),
        ),
    ],
    [
      2,
      `copy ${address.key} after it was deleted`,
      (store) =>
        withObject(store, address, async (source) => {
          const deleted = await store.deleteObject(address);
          return [deleted, await store.copyObject(source, destination, input)];
        }),
    ],
    [
      4,
      `append ${bytes.length} bytes to ${address.key}`,
      async (store) => {
        const current = await store.headObject(address);
        const sizeBytes = current?.isDeleteMarker === false ? current.sizeBytes : 0;
        return await store.appendObject(address, bodyOf(bytes), {
          ...input,
          offsetBytes: n % 8 === 0 ? sizeBytes + 1 : sizeBytes,
          ...(n % 5 === 0 && { conditions: { ifMatch: "*" } }),
        });
      },
    ],
    [
      3,
      `rename ${address.key} to ${destination.key}`,
      (store) =>
        store.renameObject(
          { bucket, key: destination.key },
          { sourceKey: address.key, ...(n % 4 === 0 && { conditions: { ifNoneMatch: "*" as const } }) },
        ),
    ],
    [
      1,
      `head a version of ${address.key}`,
      (store, { versionId }) => store.headObject(address, isOdd ? versionId(n) : undefined),
    ],
    [
      4,
      `read ${address.key}`,
      (store, { versionId }) =>
        withObject(store, { ...address, ...(n % 3 === 0 && { versionId: versionId(n) }) }, (object) =>
          readObject(object, rangeAt, partNumber),
        ),
    ],
    [1, "usage", (store) => store.bucketUsage(bucket)],
    [
      2,
      `list objects ${JSON.stringify({ ...query, max, marker })}`,
      (store) => store.listObjects(bucket, { ...query, maxKeys: max, ...(marker && { after: marker }) }),
    ],
    [
      3,
      `list versions ${JSON.stringify({ ...query, max, marker })}`,
      async (store, names) =>
        store.listVersions(bucket, {
          ...query,
          maxKeys: max,
          ...(marker && { keyMarker: marker, ...(await markVersion(store, names, { bucket, key: marker, n })) }),
        }),
    ],
    [2, `create an upload of ${address.key}`, (store) => store.createUpload(address, input)],
    [
      5,
      `put part ${partNumber} of ${bytes.length} bytes`,
      (store, { upload }) => store.putPart(upload(n), bodyOf(bytes), { partNumber }),
    ],
    [
      1,
      "upload an object in large parts",
      async (store) => {
        if (n % 4 > 0) return undefined; // 5 MiB twice
        const upload = await store.createUpload(address, input);
        const first = await store.putPart(upload, bodyOf(largePart), { partNumber: 2 });
        const second = await store.putPart(upload, bodyOf(bytes), { partNumber: 5 });
        return await store.completeUpload(upload, { parts: isOdd ? [first, second] : [second, first] });
      },
    ],
    [1, "list parts", (store, { upload }) => store.listParts(upload(n), { maxParts: max, afterPartNumber: n % 3 })],
    [
      3,
      "complete an upload, perhaps twice",
      async (store, { upload }) => {
        const { parts } = await store.listParts(upload(n), { maxParts: isOdd ? 1 : 1000 });
        const completed = await store.completeUpload(upload(n), { parts });
        return n % 3 === 0 ? [completed, await store.completeUpload(upload(n), { parts })] : completed;
      },
    ],
    [
      1,
      "complete an upload with a wrong list",
      (store, { upload }) => store.completeUpload(upload(n), { parts: [{ partNumber, etag: etag.md5 }] }),
    ],
    [
      2,
      "abort or read an upload",
      (store, { upload }) => (n % 3 === 0 ? store.abortUpload(upload(n)) : store.readUpload(upload(n))),
    ],
    [
      1,
      `list uploads ${JSON.stringify({ ...query, max, marker })}`,
      (store, { upload }) =>
        store.listUploads(bucket, {
          ...query,
          maxUploads: max,
          ...(marker && { keyMarker: marker, ...(isOdd && { uploadIdMarker: upload(n).uploadId }) }),
        }),
    ],
    [
      1,
      "delete and create a bucket",
      async (store) => {
        const name = historyBuckets[1];
        await store.deleteBucket(name);
        return await store.createBucket({ name, ownerId: "owner" });
      },
    ],
    [
      1,
      "read and list buckets",
      async (store) => [
        await store.readBucket(bucket),
        await store.listBuckets({ maxBuckets: max, ...(isOdd && { after: bucket }) }),
      ],
    ],
  ];
  let at = random(calls.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, title, run] of calls) {
    if (at < weight) return { title: `${title} (${bucket})`, run };
    at -= weight;
  }
  throw new RangeError("Expected a call for every number");
}

/** Mostly tiny, sometimes one byte around a border, now and then anything. */
function createSize(random: Random): number {
  const kind = random(10);
  if (kind < 6) return random(60);
  if (kind < 9) return Math.max(0, (borders[random(borders.length)] ?? 0) + random(3) - 1);
  return random(300_000);
}

/** None, a version of the key, or one of any key, whose place among those of this one depends on when it was written. */
async function markVersion(
  store: ObjectStore,
  { sharesClock, versionId }: Names,
  { bucket, key, n }: { readonly bucket: string; readonly key: string; readonly n: number },
): Promise<{ readonly versionIdMarker?: string }> {
  if (n % 3 === 0) return {};
  if (n % 3 === 1) return sharesClock ? { versionIdMarker: versionId(n) } : {};
  const { versions } = await store.listVersions(bucket, { prefix: key, maxKeys: 1000 });
  const ids = versions.filter((version) => version.key === key).map((version) => version.versionId);
  const versionIdMarker = ids[n % Math.max(1, ids.length)];
  return versionIdMarker === undefined ? {} : { versionIdMarker };
}

async function withObject<T>(
  store: ObjectStore,
  { bucket, key, versionId }: { readonly bucket: string; readonly key: string; readonly versionId?: string },
  use: (object: OpenObject) => Promise<T>,
): Promise<unknown> {
  const object = await store.openObject({ bucket, key }, versionId);
  if (object === undefined || !("read" in object)) return object;
  try {
    return await use(object);
  } finally {
    await object.close();
  }
}

/** Its bytes, a range of them, and a part. */
async function readObject(object: OpenObject, [from, to]: readonly [number, number], partNumber: number) {
  const { version } = object;
  const whole = await collect(object.read());
  const at = [from % (whole.length || 1), to % (whole.length || 1)];
  const range: ByteRange = { first: Math.min(...at), last: Math.max(...at) };
  const piece = whole.length === 0 ? whole : await collect(object.read(range));
  return {
    version,
    whole: `${whole.length} ${md5Of(whole)}`,
    isWhole: object.bytes === undefined || whole.equals(object.bytes),
    range,
    piece: `${piece.length} ${md5Of(piece)}`,
    part: await object.part(partNumber),
  };
}
