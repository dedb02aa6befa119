import { hash, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { z } from "@stave/api-contract";
import type { BackupChunk, BackupRecord } from "@stave/control-database";
import { type BackupStore, readWhole, StoreError } from "./backup-store.ts";

// A backup is a folder of its own beside others of the same service: `backups/ID/manifest.json` names chunks of lines, one line of JSON for each
// bucket, object and delete marker; the bytes of objects are in `bodies/`, each content once, and belong to all backups of the folder.

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** What a hostile destination could give back instead is no larger than this. */
const maxChunkBytes = 64 * 1024 ** 2;
const maxIndexBytes = 256 * 1024 ** 2;

const bucketLine = z.strictObject({
  type: z.literal("bucket"),
  bucket: z.string(),
  settings: z.record(z.string(), z.unknown()),
  /** Could not be read. */
  unread: z.array(z.string()),
  quota: z.strictObject({ maxSizeBytes: z.int().nullable(), maxVersions: z.int().nullable() }).optional(),
});

const place = {
  bucket: z.string(),
  key: z.string(),
  versionId: z.string().optional(),
  isLatest: z.boolean(),
  lastModified: z.iso.datetime(),
};

const objectLine = z.strictObject({
  type: z.literal("object"),
  ...place,
  sizeBytes: z.int(),
  etag: z.string(),
  sha256: z.string().regex(/^[\da-f]{64}$/),
  /** Of the folder. */
  body: z.string().regex(/^bodies\/[\da-f]{2}\/[\da-f]{32,64}$/),
  /** As `PutObject` takes them. */
  headers: z.strictObject({
    ContentType: z.string().optional(),
    CacheControl: z.string().optional(),
    ContentDisposition: z.string().optional(),
    ContentEncoding: z.string().optional(),
    ContentLanguage: z.string().optional(),
    Expires: z.iso.datetime().optional(),
    WebsiteRedirectLocation: z.string().optional(),
    Metadata: z.record(z.string(), z.string()).optional(),
  }),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  lock: z
    .strictObject({
      mode: z.enum(["GOVERNANCE", "COMPLIANCE"]).optional(),
      retainUntil: z.iso.datetime().optional(),
      isHeld: z.boolean().optional(),
    })
    .optional(),
  /** What belonged to it and could not be read. */
  lost: z.array(z.string()).optional(),
});

const markerLine = z.strictObject({ type: z.literal("marker"), ...place });

const line = z.discriminatedUnion("type", [bucketLine, objectLine, markerLine]);

export type BucketLine = z.output<typeof bucketLine>;
export type ObjectLine = z.output<typeof objectLine>;
export type ManifestLine = z.output<typeof line>;

const index = z.strictObject({
  format: z.literal("stave-backup-1"),
  id: z.string(),
  createdAt: z.iso.datetime(),
  serviceId: z.int(),
  service: z.strictObject({ name: z.string(), slug: z.string(), engine: z.string() }),
  withVersions: z.boolean(),
  objects: z.int(),
  sizeBytes: z.int(),
  chunks: z.array(z.strictObject({ name: z.string(), checksum: z.string(), lines: z.int() })),
});

export type ManifestIndex = z.output<typeof index>;

/** What is stored is not what was: the message is for people. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

export const bodiesOf = (folder: string) => `${folder}/bodies/`;
export const ownFolderOf = ({ folder, id }: Pick<BackupRecord, "folder" | "id">) => `${folder}/backups/${id}/`;
const indexNameOf = (backup: Pick<BackupRecord, "folder" | "id">) => `${ownFolderOf(backup)}manifest.json`;

export type StoreOf = {
  readonly store: BackupStore;
  readonly backup: Pick<BackupRecord, "folder" | "id">;
  readonly signal: AbortSignal;
};

/** Under a name that nobody else chooses: a process that was given up by the others replaces nothing. */
export async function writeChunk(
  { store, backup, signal }: StoreOf,
  number: number,
  lines: readonly ManifestLine[],
): Promise<Pick<BackupChunk, "number" | "name" | "checksum" | "lines">> {
  const text = lines.map((one) => `${JSON.stringify(one)}\n`).join("");
  const bytes = await compress(Buffer.from(text));
  const name = `${String(number).padStart(6, "0")}-${randomBytes(6).toString("hex")}.jsonl.zst`;
  await store.write(`${ownFolderOf(backup)}${name}`, bytes, signal);
  return { number, name, checksum: hash("sha256", bytes), lines: lines.length };
}

/** Throws a {@link ManifestError} when it is not what was written, and a {@link StoreError}. */
export async function readChunk(
  { store, backup, signal }: StoreOf,
  { name, checksum, lines: count }: Pick<BackupChunk, "name" | "checksum" | "lines">,
): Promise<{ readonly text: Buffer; readonly lines: readonly ManifestLine[] }> {
  const path = `${ownFolderOf(backup)}${name}`;
  const bytes = await readWhole(store, path, { maxBytes: maxChunkBytes, signal }).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== "Missing") throw error;
    throw new ManifestError(`The part ${name} of the manifest is gone.`, { cause: error });
  });
  if (hash("sha256", bytes) !== checksum) {
    throw new ManifestError(`The part ${name} of the manifest is damaged: its SHA-256 is another.`);
  }
  const text = await decompress(bytes);
  const lines = text
    .toString("utf8")
    .split("\n")
    .slice(0, -1)
    .map((one) => line.parse(JSON.parse(one)));
  if (lines.length !== count) throw new ManifestError(`The part ${name} of the manifest has another number of lines.`);
  return { text, lines };
}

/** The SHA-256 of what was written. */
export async function writeIndex(
  { store, signal }: Omit<StoreOf, "backup">,
  backup: BackupRecord,
  chunks: readonly BackupChunk[],
): Promise<string> {
  const written: ManifestIndex = {
    format: "stave-backup-1",
    id: backup.id,
    createdAt: backup.createdAt.toISOString(),
    serviceId: backup.serviceId,
    service: backup.service,
    withVersions: backup.withVersions,
    objects: backup.counts.objects,
    sizeBytes: backup.counts.sizeBytes,
    chunks: chunks.map(({ name, checksum, lines }) => ({ name, checksum, lines })),
  };
  const bytes = Buffer.from(`${JSON.stringify(written, undefined, 1)}\n`);
  await store.write(indexNameOf(backup), bytes, signal);
  return hash("sha256", bytes);
}

/** Throws a {@link ManifestError} when it is damaged, or another backup's, and a {@link StoreError}. */
export async function readIndex(
  { store, signal }: Omit<StoreOf, "backup">,
  backup: BackupRecord,
): Promise<ManifestIndex & { readonly bytes: Buffer }> {
  const options = { maxBytes: maxIndexBytes, signal };
  const bytes = await readWhole(store, indexNameOf(backup), options).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== "Missing") throw error;
    throw new ManifestError("The manifest is gone.", { cause: error });
  });
  if (hash("sha256", bytes) !== backup.manifestChecksum) {
    throw new ManifestError("The manifest is damaged: its SHA-256 is another.");
  }
  const read = index.parse(JSON.parse(bytes.toString("utf8")));
  if (read.id !== backup.id || read.serviceId !== backup.serviceId) {
    throw new ManifestError("The manifest is that of another backup.");
  }
  return { ...read, bytes };
}

/** All lines, in order. One chunk is in memory. */
export async function* readLines(
  { store, signal }: Omit<StoreOf, "backup">,
  backup: BackupRecord,
): AsyncGenerator<ManifestLine> {
  const { chunks } = await readIndex({ store, signal }, backup);
  for (const chunk of chunks) {
    signal.throwIfAborted();
    yield* (await readChunk({ store, backup, signal }, chunk)).lines;
  }
}
