import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat, statfs, utimes } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { checksumOf, combineChecksums, md5Of } from "@stave/s3-checksum";
import { networkError } from "../api/network-error.ts";
import { CliError } from "../command/cli-error.ts";
import { getObject } from "../s3/operations/get-object.ts";
import { headObject } from "../s3/operations/head-object.ts";
import type { ObjectHead } from "../s3/operations/object-head.ts";
import { nameOf, type S3Client } from "../s3/s3-client.ts";
import { eachPart } from "./each-part.ts";
import { fileError } from "./file-error.ts";
import { freeChunk } from "./free-chunk.ts";
import { addPart, isBusy, type JournalHead, journalName, readJournal, removeJournal, startJournal } from "./journal.ts";
import { partsAtOnce, singleMaxBytes, smallestPartBytes, type TransferContext } from "./transfer-context.ts";
import { type ObjectPlace, sizeOfPart } from "./upload-file.ts";
import { algorithms, isFileOf, isMd5, wholeChecksum } from "./verify-file.ts";

export type SourceObject = ObjectPlace & {
  readonly versionId?: string | undefined;
  /** As a list has said it. */
  readonly sizeBytes?: number | undefined;
};

/** Names of what is not whole yet. */
export const partialName = /^\.stave-[\da-f]{16}\.part$/;

/**
 * An object becomes a file. It is written beside the file, under another name, compared with the checksum that the server has, and only then
 * given its name.
 */
export async function downloadObject(
  source: SourceObject,
  path: string,
  context: TransferContext,
): Promise<ObjectHead> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const isSmall = source.sizeBytes !== undefined && source.sizeBytes <= singleMaxBytes;
    return isSmall ? await downloadWhole(source, path, context) : await downloadInParts(source, path, context);
  } catch (error) {
    throw fileError(error, path);
  }
}

async function downloadWhole(source: SourceObject, path: string, context: TransferContext): Promise<ObjectHead> {
  const { sizeBytes = 0 } = source;
  const body = await context.buffers.take(sizeBytes);
  let isOver = false;
  try {
    const head = await getWhole(source, body, context.signal);
    requireSame(source, head, body);
    const partial = partialOf(source, path);
    try {
      const file = await open(partial, "wx");
      try {
        await file.writeFile(body);
      } finally {
        await file.close();
      }
      await finish(partial, path, head);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    context.onBytes(sizeBytes);
    isOver = true;
    return head;
  } finally {
    if (isOver) context.buffers.give(body);
    else context.buffers.drop(body);
  }
}

async function downloadInParts(source: SourceObject, path: string, context: TransferContext): Promise<ObjectHead> {
  const { client, bucket, key, versionId } = source;
  const head = await headObject(client, { bucket, key, versionId });
  const { sizeBytes } = head;
  if (sizeBytes <= singleMaxBytes) return await downloadWhole({ ...source, sizeBytes }, path, context);
  const begun = await beginDownload(source, head, path, context);
  const { partial, journal, done } = begun;
  const count = Math.ceil(sizeBytes / smallestPartBytes);
  try {
    for (const part of done.keys()) context.onBytes(sizeOfPart(part, smallestPartBytes, sizeBytes));
    const file = await open(partial, constants.O_RDWR | constants.O_CREAT, 0o666);
    try {
      if (done.size === 0) await requireRoom(partial, sizeBytes);
      const missing = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !done.has(number));
      await eachPart(missing, { atOnce: partsAtOnce, signal: context.signal }, (part, signal) =>
        downloadPart({ source, head, file, part, journal, done }, { ...context, signal }),
      );
    } finally {
      await file.close();
    }
    await requireWhole(source, head, { partial, done }, context);
    await finish(partial, path, head);
    await removeJournal(journal);
    return head;
  } catch (error) {
    const canGoOn = context.signal.aborted || (error instanceof CliError && error.code === "Network");
    if (canGoOn && journal !== undefined && done.size > 0) {
      context.onKept(`${path}: ${done.size} of ${count} parts are here`);
    } else {
      await rm(partial, { force: true });
      await removeJournal(journal);
    }
    throw error;
  }
}

/** Either one that was left unfinished, of the same object, or a new one. */
async function beginDownload(source: SourceObject, head: ObjectHead, path: string, { journals }: TransferContext) {
  const { client, bucket, key, versionId } = source;
  const partial = partialOf(source, path);
  const wanted: Omit<JournalHead, "pid" | "startedAt"> = {
    kind: "download",
    endpoint: client.endpoint.url,
    bucket,
    key,
    path: resolve(path),
    sizeBytes: head.sizeBytes,
    partSizeBytes: smallestPartBytes,
    state: `${head.etag} ${versionId ?? head.versionId ?? ""}`,
  };
  const done = new Map<number, string>();
  const known = journals === undefined ? undefined : await readJournal(join(journals, `${journalName(wanted)}.jsonl`));
  if (known !== undefined && isBusy(known.head)) {
    throw new CliError("Conflict", `${path} is being downloaded by another process (${known.head.pid}).`);
  }
  const isSame = known?.head.state === wanted.state && known.head.sizeBytes === head.sizeBytes;
  const isThere =
    isSame &&
    (await stat(partial).then(
      (state) => state.isFile(),
      () => false,
    ));
  if (isThere) for (const { part, checksum } of known.parts) done.set(part, checksum);
  else await rm(partial, { force: true });
  if (journals === undefined) return { partial, journal: undefined, done };
  const journal = await startJournal(journals, { ...wanted, pid: process.pid, startedAt: new Date().toISOString() });
  for (const [part, checksum] of done) addPart(journal, { part, checksum });
  return { partial, journal, done };
}

async function downloadPart(
  work: {
    readonly source: SourceObject;
    readonly head: ObjectHead;
    readonly file: FileHandle;
    readonly part: number;
    readonly journal: string | undefined;
    readonly done: Map<number, string>;
  },
  { buffers, signal, onBytes }: TransferContext,
): Promise<void> {
  const { source, head, file, part, journal, done } = work;
  const from = (part - 1) * smallestPartBytes;
  const buffer = await buffers.take(sizeOfPart(part, smallestPartBytes, head.sizeBytes));
  try {
    await getRange(source, head, { from, buffer, signal });
    const checksum = checksumOf(algorithmFor(head), buffer);
    for (let written = 0; written < buffer.length; ) {
      const { bytesWritten } = await file.write(buffer, written, buffer.length - written, from + written);
      written += bytesWritten;
    }
    done.set(part, checksum);
    if (journal !== undefined) addPart(journal, { part, checksum });
    onBytes(buffer.length);
    buffers.give(buffer);
  } catch (error) {
    buffers.drop(buffer);
    throw error;
  }
}

async function getWhole(source: SourceObject, buffer: Buffer, signal: AbortSignal): Promise<ObjectHead> {
  const { client, bucket, key, versionId } = source;
  for (let tried = 1; ; tried += 1) {
    try {
      const { head, body } = await getObject(client, { bucket, key, versionId, signal });
      if (head.sizeBytes !== buffer.length) {
        body.destroy();
        throw replaced(source);
      }
      await fill(buffer, body);
      return head;
    } catch (error) {
      if (error instanceof CliError || tried >= bodyTries || signal.aborted) throw bodyError(error, client, signal);
    }
  }
}

/** A body that breaks off is what networks do. */
function bodyError(error: unknown, { endpoint }: S3Client, signal: AbortSignal): unknown {
  return error instanceof CliError ? error : networkError(error, { url: endpoint.url, signal });
}

const bodyTries = 5;

/** Fills the buffer with what is there from `from` on, of exactly this object. A body that is cut off is asked for again. */
export async function getRange(
  { client, bucket, key, versionId }: SourceObject,
  { etag }: Pick<ObjectHead, "etag">,
  { from, buffer, signal }: { readonly from: number; readonly buffer: Buffer; readonly signal: AbortSignal },
): Promise<void> {
  const to = from + buffer.length - 1;
  for (let tried = 1; ; tried += 1) {
    try {
      const input = { bucket, key, versionId, range: [from, to] as const, ifMatch: etag || undefined, signal };
      const { head, body } = await getObject(client, input);
      if (!head.headers["content-range"]?.startsWith(`bytes ${from}-${to}/`)) {
        body.destroy();
        throw new CliError(
          "NotSupported",
          "The server does not answer with the part of an object that it was asked for.",
        );
      }
      await fill(buffer, body);
      return;
    } catch (error) {
      if (error instanceof CliError && error.serverCode === "PreconditionFailed") throw replaced({ bucket, key });
      if (error instanceof CliError || tried >= bodyTries || signal.aborted) throw bodyError(error, client, signal);
    }
  }
}

/** Fails unless the body is as long as the buffer. */
async function fill(buffer: Buffer, body: AsyncIterable<Buffer>): Promise<void> {
  let filled = 0;
  for await (const chunk of body) {
    if (filled + chunk.length > buffer.length) throw new Error("The body is longer than it was said to be.");
    chunk.copy(buffer, filled);
    filled += chunk.length;
    freeChunk(chunk);
  }
  if (filled !== buffer.length) throw new Error("The body was cut off.");
}

/** Those that can be put together from parts; the others are computed of the file when it is there. */
function algorithmFor(head: ObjectHead): "CRC64NVME" | "CRC32C" | "CRC32" {
  const name = wholeChecksum(head)?.name;
  const algorithm = name === undefined ? "CRC64NVME" : algorithms[name];
  return algorithm === "SHA1" || algorithm === "SHA256" ? "CRC64NVME" : algorithm;
}

async function requireWhole(
  source: SourceObject,
  head: ObjectHead,
  { partial, done }: { readonly partial: string; readonly done: ReadonlyMap<number, string> },
  { signal, output }: TransferContext,
): Promise<void> {
  const whole = wholeChecksum(head);
  const algorithm = algorithmFor(head);
  if (whole !== undefined && algorithms[whole.name] === algorithm) {
    const parts = [...done].sort(([a], [b]) => a - b);
    const sums = parts.map(([part, value]) => ({
      value,
      sizeBytes: sizeOfPart(part, smallestPartBytes, head.sizeBytes),
    }));
    if (combineChecksums(algorithm, sums) !== whole.value) throw damaged(source);
    return;
  }
  const isSame = await isFileOf(partial, head, source, signal);
  if (isSame === false) throw damaged(source);
  if (isSame === undefined) output.debug(`${nameOf(source)}: the server has no checksum to compare with`);
}

function requireSame(source: SourceObject, head: ObjectHead, body: Buffer): void {
  const whole = wholeChecksum(head);
  if (whole !== undefined) {
    if (checksumOf(algorithms[whole.name], body) !== whole.value) throw damaged(source);
  } else if (isMd5(head.etag) && head.encryption === undefined && md5Of(body).hex !== head.etag) {
    throw damaged(source);
  }
}

async function requireRoom(path: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize < sizeBytes) throw Object.assign(new Error("full"), { code: "ENOSPC" });
}

async function finish(partial: string, path: string, { lastModified }: ObjectHead): Promise<void> {
  if (lastModified !== undefined) await utimes(partial, lastModified, lastModified);
  await rename(partial, path);
}

/** Beside the file: the same name for the same object and file, short enough for every disk. */
function partialOf({ client, bucket, key }: SourceObject, path: string): string {
  return partialPath({ endpoint: client.endpoint.url, bucket, key }, path);
}

export function partialPath(
  { endpoint, bucket, key }: Pick<JournalHead, "endpoint" | "bucket" | "key">,
  path: string,
): string {
  const id = JSON.stringify([endpoint, bucket, key, resolve(path)]);
  const name = createHash("sha256").update(id).digest("hex").slice(0, 16);
  return join(dirname(path), `.stave-${name}.part`);
}

function replaced(source: Pick<SourceObject, "bucket" | "key">): CliError {
  return new CliError("Conflict", `${nameOf(source)}: the object was replaced while it was read.`, {
    next: ["run the same command again"],
  });
}

function damaged(source: SourceObject): CliError {
  return new CliError("Failed", `${nameOf(source)}: what arrived is not what the server has a checksum of.`, {
    why: "Nothing of it was kept.",
    next: ["run the same command again", "if it stays so, the object is damaged: stave doctor"],
  });
}
