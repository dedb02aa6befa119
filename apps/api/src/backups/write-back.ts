import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { BackupRecord } from "@stave/control-database";
import type { EngineAbilities } from "../transfer/engine-abilities.ts";
import { listVersions } from "../transfer/list-versions.ts";
import { type ObjectHeaders, readTags } from "../transfer/read-object.ts";
import { until, withRetries } from "../transfer/retry.ts";
import { writeObject } from "../transfer/write-object.ts";
import type { BackupStore } from "./backup-store.ts";
import type { ObjectLine } from "./manifest.ts";
import type { Found, HistoryLine } from "./restore-index.ts";
import { nameIn } from "./store-object.ts";

export type WriteBackInput = {
  readonly client: S3Client;
  readonly store: BackupStore;
  readonly backup: BackupRecord;
  readonly abilities: EngineAbilities;
  readonly signal: AbortSignal;
};

/** Makes the newest version of an object what the backup has. What is so already is left. Whether anything was written. */
export async function writeBack(
  input: WriteBackInput,
  { line, target, found }: { readonly line: ObjectLine; readonly target: string; readonly found: Found },
): Promise<boolean> {
  const isThere = found === "same" || (found === "alike" && (await hasHeaders(input, target, line)));
  if (!isThere) {
    await writeLine(input, target, line);
    return true;
  }
  return await makeTags(input, target, line);
}

/** All versions of a key in a bucket that was made for them, oldest first. What an earlier try has left half done is removed first. */
export async function writeHistory(
  input: WriteBackInput,
  {
    key,
    lines,
    there,
    target,
  }: { readonly key: string; readonly lines: readonly HistoryLine[]; readonly there: number; readonly target: string },
): Promise<boolean> {
  if (there === lines.length) return false;
  const { client, signal } = input;
  if (there > 0) {
    for await (const listed of listVersions(client, target, { prefix: key, signal })) {
      if (listed.key !== key) continue;
      const command = new DeleteObjectCommand({ Bucket: target, Key: key, VersionId: listed.versionId });
      await withRetries(() => client.send(command, until(signal)), { signal });
    }
  }
  for (const line of lines) {
    if (line.type === "object") await writeLine(input, target, line);
    else {
      const command = new DeleteObjectCommand({ Bucket: target, Key: key });
      await withRetries(() => client.send(command, until(signal)), { signal });
    }
  }
  return true;
}

async function writeLine(
  { client, store, backup, abilities, signal }: WriteBackInput,
  bucket: string,
  line: ObjectLine,
): Promise<void> {
  const { key, tags, sizeBytes, sha256 } = line;
  const { body, discard } = await store.read(nameIn(backup.folder, line.body), signal);
  const source = { headers: headersOf(line), tags, sizeBytes, sha256, body };
  try {
    // Whether the target has it as it was is seen when all of it is read again.
    await writeObject(client, { bucket, key, abilities }, source, { signal });
  } finally {
    discard();
  }
}

function headersOf({ headers: { Expires, ...headers } }: ObjectLine): ObjectHeaders {
  const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(entries), ...(Expires !== undefined && { Expires: new Date(Expires) }) };
}

async function hasHeaders({ client, signal }: WriteBackInput, Bucket: string, line: ObjectLine): Promise<boolean> {
  const command = new HeadObjectCommand({ Bucket, Key: line.key });
  const head = await withRetries(() => client.send(command, until(signal)), { signal });
  const { Metadata, Expires, ...headers } = line.headers;
  const names = [
    "ContentType",
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "WebsiteRedirectLocation",
  ] as const;
  const expires = head.ExpiresString === undefined ? undefined : new Date(head.ExpiresString).getTime();
  return (
    names.every((name) => (head[name] || undefined) === headers[name]) &&
    expires === (Expires === undefined ? undefined : new Date(Expires).getTime()) &&
    sorted(head.Metadata) === sorted(Metadata)
  );
}

function sorted(metadata: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify(Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** They may have changed without a trace in a list. */
async function makeTags(
  { client, abilities, signal }: WriteBackInput,
  Bucket: string,
  { key: Key, tags }: ObjectLine,
): Promise<boolean> {
  if (!abilities.tags) return false;
  const present = (await readTags(client, { bucket: Bucket, key: Key }, { signal })) ?? [];
  const text = (all: readonly { readonly key: string; readonly value: string }[]) =>
    JSON.stringify(all.map(({ key, value }) => [key, value]).toSorted());
  if (text(present) === text(tags)) return false;
  const TagSet = tags.map(({ key, value }) => ({ Key: key, Value: value }));
  await withRetries(
    () =>
      TagSet.length === 0
        ? client.send(new DeleteObjectTaggingCommand({ Bucket, Key }), until(signal))
        : client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }), until(signal)),
    { signal },
  );
  return true;
}
