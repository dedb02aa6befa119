import { equal, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ByteRange, ObjectStore, ObjectVersion, OpenObject, PutObjectInput } from "../object-store.ts";
import { StoreError, type StoreErrorCode } from "../store-error.ts";

export interface ObjectStoreCase {
  /** The rule, as in "keeps the old object when the body throws". */
  readonly title: string;
  /** Rejects when the store breaks the rule. */
  run(store: ObjectStore): Promise<void>;
}

export const plain: Pick<PutObjectInput, "ownerId" | "metadata"> = {
  ownerId: "owner",
  metadata: { headers: { "content-type": "text/plain" }, user: {} },
};

export const minPartBytes = 5 * 1024 * 1024;

export async function* bodyOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

/** Chunks in one buffer that is overwritten as soon as the store asks for the next. */
export async function* reusedBody(bytes: Uint8Array, chunkBytes: number): ObjectBodyGenerator {
  const buffer = Buffer.alloc(chunkBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
    buffer.fill(0xee);
  }
}

type ObjectBodyGenerator = AsyncGenerator<Uint8Array>;

export async function* failingBody(error: Error, ...chunks: readonly Uint8Array[]): ObjectBodyGenerator {
  yield* chunks;
  throw error;
}

/** Bytes that differ everywhere, the same for the same seed. */
export function patterned(sizeBytes: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < sizeBytes; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export function md5Of(bytes: string | Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

export async function createBucket(store: ObjectStore, name = "photos"): Promise<string> {
  await store.createBucket({ name, ownerId: "owner" });
  return name;
}

export async function put(store: ObjectStore, bucket: string, key: string, text = "x"): Promise<ObjectVersion> {
  return await store.putObject({ bucket, key }, bodyOf(text), plain);
}

export async function putAll(store: ObjectStore, bucket: string, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => put(store, bucket, key)));
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Opens an object that must be there. */
export async function open(store: ObjectStore, bucket: string, key: string, versionId?: string): Promise<OpenObject> {
  const opened = await store.openObject({ bucket, key }, versionId);
  ok(opened !== undefined && "read" in opened, `expected ${key} to be an object`);
  return opened;
}

export async function readBytes(
  store: ObjectStore,
  bucket: string,
  key: string,
  range?: ByteRange,
  versionId?: string,
): Promise<Buffer> {
  const opened = await open(store, bucket, key, versionId);
  try {
    return await collect(opened.read(range));
  } finally {
    await opened.close();
  }
}

export async function readText(store: ObjectStore, bucket: string, key: string, versionId?: string): Promise<string> {
  return (await readBytes(store, bucket, key, undefined, versionId)).toString();
}

export async function refuses(
  promise: Promise<unknown>,
  code: StoreErrorCode,
  details: Readonly<Record<string, string>> = {},
): Promise<void> {
  await rejects(promise, (error) => {
    ok(error instanceof StoreError, `expected a StoreError, got ${String(error)}`);
    equal(error.code, code);
    for (const [name, value] of Object.entries(details)) equal(error.details[name], value);
    return true;
  });
}

export function rule(title: string, run: (store: ObjectStore) => Promise<void>): ObjectStoreCase {
  return { title, run };
}
