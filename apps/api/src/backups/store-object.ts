import { hash, randomBytes } from "node:crypto";
import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { lockOf, type ObjectLockState, readObject, readTags, type SourceObject } from "../transfer/read-object.ts";
import { until, withRetries } from "../transfer/retry.ts";
import { TransferError } from "../transfer/transfer-error.ts";
import type { BackupStore } from "./backup-store.ts";
import type { KnownObjects } from "./known-objects.ts";
import { bodiesOf, type ObjectLine } from "./manifest.ts";

/** What is smaller is hashed before it is stored, so that what is there is not sent again. */
export const smallBytes = 8 * 1024 ** 2;
const maxTries = 3;

export type ListedItem = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly isLatest: boolean;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly lastModified: Date;
  /** Its bucket has a lock: what may change without a trace in a list is asked for. */
  readonly mayBeLocked: boolean;
};

export type StoreObjectInput = {
  readonly client: S3Client;
  readonly store: BackupStore;
  readonly folder: string;
  readonly known: KnownObjects;
  readonly signal: AbortSignal;
};

/** `changed`: it was another object by the time it was read. `storedBytes`: undefined when nothing had to be stored. */
export type StoredObject =
  | { readonly line: ObjectLine; readonly isChanged: boolean; readonly storedBytes?: number }
  | { readonly hasVanished: true };

/** Throws what the source refuses with, a `TransferError`, and a `StoreError` of the destination. */
export async function storeObject(input: StoreObjectInput, item: ListedItem): Promise<StoredObject> {
  const isChanging = (error: unknown) => error instanceof TransferError && error.code === "SourceChanged";
  for (let tries = 1; ; tries += 1) {
    try {
      const stored = await readAndStore(input, item);
      return tries === 1 ? stored : { ...stored, isChanged: true };
    } catch (error) {
      if (isGone(error)) return { hasVanished: true };
      if (!isChanging(error) || tries === maxTries) throw error;
    }
  }
}

async function readAndStore(
  input: StoreObjectInput,
  item: ListedItem,
): Promise<Exclude<StoredObject, { hasVanished: true }>> {
  const { client, signal } = input;
  const { bucket, key, versionId, isLatest } = item;
  const source = await readObject(client, { bucket, key, versionId }, { signal });
  let kept: Kept;
  try {
    if (source.lost.includes("tags")) throw new TransferError("SourceDamaged", "Its tags cannot be read.");
    kept = source.sizeBytes <= smallBytes ? await keepSmall(input, source) : await keepLarge(input, source);
  } finally {
    source.discard();
  }
  // A multipart upload, or another engine's idea of an ETag: no two objects have the same one all the same.
  const isChanged = source.etag !== item.etag;
  const { Expires, ...headers } = source.headers;
  const lastModified = isChanged ? (source.lastModified ?? item.lastModified) : item.lastModified;
  const ownVersion = versionId ?? source.versionId;
  const line: ObjectLine = {
    type: "object",
    bucket,
    key,
    ...(ownVersion !== undefined && { versionId: ownVersion }),
    isLatest,
    lastModified: lastModified.toISOString(),
    sizeBytes: source.sizeBytes,
    etag: source.etag,
    sha256: kept.sha256,
    body: kept.body,
    headers: { ...headers, ...(Expires !== undefined && { Expires: Expires.toISOString() }) },
    tags: [...source.tags],
    ...(source.lock !== undefined && { lock: showLock(source.lock) }),
    ...(source.lost.length > 0 && { lost: [...source.lost] }),
  };
  return { line, isChanged, ...(kept.isNew && { storedBytes: source.sizeBytes }) };
}

type Kept = { readonly sha256: string; readonly body: string; readonly isNew: boolean };

async function keepSmall({ store, folder, known, signal }: StoreObjectInput, source: SourceObject): Promise<Kept> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const sha256 = hash("sha256", bytes);
  refuseDamaged(source, { sha256, md5: hash("md5", bytes) });
  const body = known.bodyOf(sha256);
  if (body !== undefined) return { sha256, body, isNew: false };
  const name = `bodies/${sha256.slice(0, 2)}/${sha256}`;
  // Others of the same content need not wait: when this fails, none of them is put into a manifest.
  known.noteBody(sha256, name);
  await store.write(nameIn(folder, name), bytes, signal);
  return { sha256, body: name, isNew: true };
}

async function keepLarge({ store, folder, known, signal }: StoreObjectInput, source: SourceObject): Promise<Kept> {
  const id = randomBytes(16).toString("hex");
  const name = `bodies/${id.slice(0, 2)}/${id}`;
  const { sizeBytes } = source;
  const { sha256 } = await store.writeStream(nameIn(folder, name), source.body, { sizeBytes, signal });
  refuseDamaged(source, { sha256 });
  const body = known.bodyOf(sha256);
  if (body !== undefined) {
    await store.remove([nameIn(folder, name)], signal);
    return { sha256, body, isNew: false };
  }
  known.noteBody(sha256, name);
  return { sha256, body: name, isNew: true };
}

export function nameIn(folder: string, body: string): string {
  return `${bodiesOf(folder)}${body.slice("bodies/".length)}`;
}

/** What the engine itself says that it should be. */
function refuseDamaged(source: SourceObject, found: { readonly sha256: string; readonly md5?: string }): void {
  const isOther =
    (source.sha256 !== undefined && source.sha256 !== found.sha256) ||
    (source.isEtagMd5 && found.md5 !== undefined && source.etag !== found.md5);
  if (isOther) throw new TransferError("SourceDamaged", "What was read is not what the checksum of the source says.");
}

/** Tags and locks may be others, though a list shows the same object. */
export async function refreshLine(
  { client, signal }: Pick<StoreObjectInput, "client" | "signal">,
  item: ListedItem,
  line: ObjectLine,
): Promise<StoredObject> {
  const { bucket, key, versionId, isLatest } = item;
  const { lock: _, ...rest } = line;
  const address = { Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
  try {
    const lock = item.mayBeLocked
      ? lockOf(await withRetries(() => client.send(new HeadObjectCommand(address), until(signal)), { signal }))
      : undefined;
    const tags = await readTags(client, { bucket, key, versionId }, { signal });
    if (tags === undefined) {
      // It went meanwhile, or its tags are denied: reading the object tells which.
      const head = new HeadObjectCommand(address);
      await withRetries(() => client.send(head, until(signal)), { signal });
      throw new TransferError("SourceDamaged", "Its tags cannot be read.");
    }
    const fresh = { ...rest, isLatest, tags: [...tags], ...(lock !== undefined && { lock: showLock(lock) }) };
    return { line: fresh, isChanged: false };
  } catch (error) {
    if (isGone(error)) return { hasVanished: true };
    throw error;
  }
}

function showLock({ mode, retainUntil, isHeld }: ObjectLockState): NonNullable<ObjectLine["lock"]> {
  return {
    ...(mode !== undefined && { mode }),
    ...(retainUntil !== undefined && { retainUntil: retainUntil.toISOString() }),
    ...(isHeld !== undefined && { isHeld }),
  };
}

function isGone(error: unknown): boolean {
  const { code } = describeS3Error(error);
  return statusOf(error) === 404 && (code === "NoSuchKey" || code === "NoSuchVersion" || code === "NotFound");
}
