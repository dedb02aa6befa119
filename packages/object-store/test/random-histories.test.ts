import { expect, test } from "vitest";
import { createMemoryStore } from "../src/memory/create-memory-store.ts";
import type { ObjectStore, Upload, UploadAddress } from "../src/object-store.ts";
import { StoreError } from "../src/store-error.ts";
import { bodyOf, patterned, plain, readBytes } from "../src/testing/case-tools.ts";
import { openTemporaryStore } from "./temporary-store.ts";

const bucket = "photos";
const keys = ["a", "a/1", "a/2", "a/b/1", "b", "c//x", "\uff5e", "\u{1f600}"];

type Random = (below: number) => number;

/** What a store has shown so far, by number: the same numbers mean the same things in both stores. */
type Known = { id(n: number): string; upload(n: number): UploadAddress };

type Call = (store: ObjectStore, known: Known) => Promise<unknown>;

function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Names the ids of one store in the order they turn up, so that two stores can be compared. */
function createNames(): Known & { name(value: unknown): unknown } {
  const ids: string[] = [];
  const uploads: UploadAddress[] = [];
  const isId = (field: string, value: unknown): value is string =>
    typeof value === "string" && value !== "null" && /versionId|uploadId|IdMarker/i.test(field);
  const nameId = (id: string): string => {
    if (!ids.includes(id)) ids.push(id);
    return `#${ids.indexOf(id)}`;
  };
  const name = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(name);
    if (value instanceof Date || typeof value !== "object" || value === null) return value;
    if ("uploadId" in value && "initiatedAt" in value) remember(value as Upload);
    const fields = Object.entries(value).map(([field, inner]) => [
      field,
      isId(field, inner) ? nameId(inner) : name(inner),
    ]);
    return Object.fromEntries(fields);
  };
  const remember = ({ key, uploadId }: Upload): void => {
    if (!uploads.some((upload) => upload.uploadId === uploadId)) uploads.push({ bucket, key, uploadId });
  };
  return {
    name,
    id: (n) => (n % 5 === 0 ? "null" : (ids[n % ids.length] ?? "null")),
    // One of the last three: older ones have mostly ended.
    upload: (n) => uploads.at(-1 - (n % Math.min(3, uploads.length || 1))) ?? { bucket, key: "a", uploadId: "none" },
  };
}

function createCall(random: Random): Call {
  const key = keys[random(keys.length)] ?? "a";
  const address = { bucket, key };
  const bytes = patterned(random(8) === 0 ? 40_000 : random(50), random(1000) + 1);
  const n = random(1000);
  const prefix = ["", "a", "a/", "c/"][random(4)] ?? "";
  const delimiter = ["", "/", "b", "//"][random(4)] ?? "";
  const max = [1, 2, 3, 1000][random(4)] ?? 1;
  const marker = random(2) === 0 ? undefined : keys[random(keys.length)];
  const calls: readonly Call[] = [
    (store) => store.putObject(address, bodyOf(bytes), plain),
    (store) => store.putObject(address, bodyOf(bytes), { ...plain, conditions: { ifNoneMatch: "*" } }),
    (store) => store.putObject(address, bodyOf(bytes), { ...plain, conditions: { ifMatch: "*" } }),
    (store) => store.deleteObject(address),
    (store, { id }) => store.deleteObject(address, { versionId: id(n) }),
    (store) => store.deleteObject(address, { ifMatch: "*" }),
    (store) => store.putBucketVersioning(bucket, n % 2 === 0 ? "Enabled" : "Suspended"),
    async (store, { id }) => {
      const source = await store.openObject(address, n % 3 === 0 ? id(n) : undefined);
      if (source === undefined || !("read" in source)) return source;
      const copied = await store.copyObject(source, { bucket, key: keys[n % keys.length] ?? "a" }, plain);
      await source.close();
      return copied;
    },
    (store, { id }) => store.headObject(address, n % 2 === 0 ? id(n) : undefined),
    async (store) => (await readBytes(store, bucket, key)).toString("hex"),
    (store) => store.bucketUsage(bucket),
    (store) => store.listObjects(bucket, { prefix, delimiter, maxKeys: max, ...(marker && { after: marker }) }),
    (store, { id }) =>
      store.listVersions(bucket, {
        prefix,
        delimiter,
        maxKeys: max,
        ...(marker && { keyMarker: marker, ...(n % 2 === 0 && { versionIdMarker: id(n) }) }),
      }),
    (store) => store.createUpload(address, plain),
    (store, { upload }) => store.putPart(upload(n), bodyOf(bytes), { partNumber: (n % 3) + 1 }),
    (store, { upload }) => store.putPart(upload(n), bodyOf(bytes), { partNumber: (n % 3) + 1 }),
    (store, { upload }) => store.listParts(upload(n), { maxParts: max, afterPartNumber: n % 3 }),
    async (store, { upload }) => {
      const { parts } = await store.listParts(upload(n), { maxParts: 1 });
      return await store.completeUpload(upload(n), { parts });
    },
    (store, { upload }) => store.completeUpload(upload(n), { parts: [{ partNumber: 1, etag: "e" }] }),
    (store, { upload }) => (n % 3 === 0 ? store.abortUpload(upload(n)) : store.readUpload(upload(n))),
    (store, { id }) =>
      store.listUploads(bucket, {
        prefix,
        delimiter,
        maxUploads: max,
        ...(marker && { keyMarker: marker, ...(n % 2 === 0 && { uploadIdMarker: id(n) }) }),
      }),
  ];
  return calls[random(calls.length)] ?? ((store) => store.bucketUsage(bucket));
}

async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return error instanceof StoreError ? { refused: error.code } : { failed: error instanceof Error && error.name };
  }
}

test.each([1, 2, 3, 4])(
  "the embedded store answers as the memory store does, whatever is asked (seed %i)",
  async (seed) => {
    const random = createRandom(seed);
    let clock = 1_800_000_000_000;
    const now = () => new Date(clock);
    await using temporary = await openTemporaryStore({ now });
    const memory = createMemoryStore({ now });
    await memory.createBucket({ name: bucket, ownerId: "owner" });
    const embedded = { store: temporary.store, names: createNames() };
    const model = { store: memory, names: createNames() };

    for (let step = 0; step < 400; step += 1) {
      clock += random(3);
      const call = createCall(random);
      const [seen, expected] = await Promise.all(
        [embedded, model].map(async ({ store, names }) => names.name(await outcome(call(store, names)))),
      );
      expect(seen, `seed ${seed}, step ${step}`).toEqual(expected);
    }
  },
);
