import type { BigIntStats } from "node:fs";
import { join, resolve } from "node:path";
import { checksumOf, combineChecksums } from "@stave/s3-checksum";
import { CliError } from "../command/cli-error.ts";
import { headObject } from "../s3/operations/head-object.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  type UploadedPart,
  uploadPart,
} from "../s3/operations/multipart-upload.ts";
import { putObject, type StoredObject, type StoredSettings } from "../s3/operations/put-object.ts";
import type { S3Client } from "../s3/s3-client.ts";
import { eachPart } from "./each-part.ts";
import { fileError } from "./file-error.ts";
import { addPart, isBusy, type JournalHead, journalName, readJournal, removeJournal, startJournal } from "./journal.ts";
import { openForReading, type ReadableFile } from "./open-for-reading.ts";
import {
  largestPartBytes,
  maxParts,
  mib,
  partsAtOnce,
  singleMaxBytes,
  smallestPartBytes,
  type TransferContext,
} from "./transfer-context.ts";

export type ObjectPlace = { readonly client: S3Client; readonly bucket: string; readonly key: string };

export type UploadOptions = { readonly settings: StoredSettings; readonly ifNoneMatch?: "*" | undefined };

/** A file becomes an object. It is checked by the server against the checksum that is computed here while it is read. */
export async function uploadFile(
  path: string,
  target: ObjectPlace,
  options: UploadOptions,
  context: TransferContext,
): Promise<StoredObject> {
  let file: ReadableFile;
  try {
    file = await openForReading(path);
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    const state = file.state();
    if (!state.isFile()) throw fileError(notRegular(state), path);
    const source = { path, file, state, sizeBytes: Number(state.size) };
    return source.sizeBytes <= singleMaxBytes
      ? await uploadWhole(source, target, options, context)
      : await uploadInParts(source, target, options, context);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    file.close();
  }
}

type Source = {
  readonly path: string;
  readonly file: ReadableFile;
  readonly state: BigIntStats;
  readonly sizeBytes: number;
};

function notRegular(state: BigIntStats): Error {
  return state.isDirectory()
    ? Object.assign(new Error("directory"), { code: "EISDIR" })
    : new CliError("Failed", "It is no regular file: a device, a socket or a pipe.", {
        next: ["stave pipe s3://BUCKET/KEY < FILE"],
      });
}

async function uploadWhole(
  source: Source,
  { client, bucket, key }: ObjectPlace,
  { settings, ifNoneMatch }: UploadOptions,
  { buffers, signal, onBytes }: TransferContext,
): Promise<StoredObject> {
  const body = await buffers.take(source.sizeBytes);
  try {
    await readAt(source, body, 0);
    requireUnchanged(source);
    const checksum = { crc64nvme: checksumOf("CRC64NVME", body) };
    const stored = await putObject(client, { ...settings, bucket, key, body, checksum, ifNoneMatch, signal });
    onBytes(body.length);
    buffers.give(body);
    return stored;
  } catch (error) {
    buffers.drop(body);
    throw error;
  }
}

async function uploadInParts(
  source: Source,
  target: ObjectPlace,
  { settings, ifNoneMatch }: UploadOptions,
  context: TransferContext,
): Promise<StoredObject> {
  const { client, bucket, key } = target;
  const { sizeBytes } = source;
  const partSizeBytes = partSizeFor(sizeBytes);
  const count = Math.ceil(sizeBytes / partSizeBytes);
  const begun = await beginUpload(source, target, { settings, partSizeBytes }, context);
  const { uploadId, journal, done } = begun;
  const address = { bucket, key, uploadId };
  for (const { partNumber } of done.values()) context.onBytes(sizeOfPart(partNumber, partSizeBytes, sizeBytes));
  try {
    const missing = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !done.has(number));
    await eachPart(missing, { atOnce: partsAtOnce, signal: context.signal }, async (partNumber, signal) => {
      const body = await context.buffers.take(sizeOfPart(partNumber, partSizeBytes, sizeBytes));
      try {
        signal.throwIfAborted();
        await readAt(source, body, (partNumber - 1) * partSizeBytes);
        const crc64nvme = checksumOf("CRC64NVME", body);
        const part = await uploadPart(client, address, { partNumber, body, checksum: { crc64nvme }, signal });
        done.set(partNumber, part);
        if (journal !== undefined) addPart(journal, { part: partNumber, etag: part.etag, checksum: crc64nvme });
        context.onBytes(body.length);
        context.buffers.give(body);
      } catch (error) {
        context.buffers.drop(body);
        throw error;
      }
    });
    requireUnchanged(source);
    const parts = [...done.values()].sort((a, b) => a.partNumber - b.partNumber);
    const sums = parts.map(({ partNumber, checksum }) => ({
      value: checksum?.crc64nvme ?? "",
      sizeBytes: sizeOfPart(partNumber, partSizeBytes, sizeBytes),
    }));
    const crc64nvme = combineChecksums("CRC64NVME", sums);
    const stored = await complete(target, uploadId, { parts, crc64nvme, sizeBytes, ifNoneMatch });
    await removeJournal(journal);
    return stored;
  } catch (error) {
    await leave(error, { target, uploadId, journal, done, count, path: source.path }, context);
    throw error;
  }
}

/** Either one that was left unfinished, with the parts that the server still has, or a new one. */
async function beginUpload(
  source: Source,
  { client, bucket, key }: ObjectPlace,
  { settings, partSizeBytes }: { readonly settings: StoredSettings; readonly partSizeBytes: number },
  { journals, output, signal }: TransferContext,
) {
  const head: Omit<JournalHead, "uploadId" | "pid" | "startedAt"> = {
    kind: "upload",
    endpoint: client.endpoint.url,
    bucket,
    key,
    path: resolve(source.path),
    sizeBytes: source.sizeBytes,
    partSizeBytes,
    state: `${source.state.mtimeNs} ${source.state.ino} ${JSON.stringify(settings)}`,
  };
  const known = journals === undefined ? undefined : await readJournal(join(journals, `${journalName(head)}.jsonl`));
  const isOfOther = known !== undefined && isBusy(known.head);
  const done = new Map<number, UploadedPart>();
  if (known?.head.uploadId !== undefined && !isOfOther) {
    const { uploadId } = known.head;
    const isSame =
      known.head.state === head.state &&
      known.head.sizeBytes === head.sizeBytes &&
      known.head.partSizeBytes === partSizeBytes;
    const stored = await listParts(client, { bucket, key, uploadId }).catch(() => undefined);
    if (isSame && stored !== undefined) {
      const etags = new Map(stored.map((part) => [part.partNumber, part.etag]));
      for (const { part, etag, checksum } of known.parts) {
        if (etag !== undefined && etags.get(part) === etag) {
          done.set(part, { partNumber: part, etag, checksum: { crc64nvme: checksum } });
        }
      }
      const journal = await startJournal(journals ?? "", { ...known.head, pid: process.pid });
      for (const { partNumber: part, etag, checksum } of done.values())
        addPart(journal, { part, etag, checksum: checksum?.crc64nvme ?? "" });
      output.debug(`goes on with the upload ${uploadId}: ${done.size} parts are stored`);
      return { uploadId, journal, done };
    }
    // Of a file that is another one now: nobody would ever finish it.
    if (stored !== undefined) await abortMultipartUpload(client, { bucket, key, uploadId }).catch(() => {});
  }
  signal.throwIfAborted();
  const uploadId = await createMultipartUpload(client, { ...settings, bucket, key, checksumAlgorithm: "CRC64NVME" });
  const journal =
    journals === undefined || isOfOther
      ? undefined
      : await startJournal(journals, { ...head, uploadId, pid: process.pid, startedAt: new Date().toISOString() });
  return { uploadId, journal, done };
}

/** The answer may be lost on the way: then the object itself tells. */
async function complete(
  { client, bucket, key }: ObjectPlace,
  uploadId: string,
  input: {
    readonly parts: readonly UploadedPart[];
    readonly crc64nvme: string;
    readonly sizeBytes: number;
    readonly ifNoneMatch: "*" | undefined;
  },
): Promise<StoredObject> {
  const { parts, crc64nvme, sizeBytes, ifNoneMatch } = input;
  try {
    return await completeMultipartUpload(
      client,
      { bucket, key, uploadId },
      { parts, checksum: { crc64nvme }, ifNoneMatch },
    );
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "Network") throw error;
    const head = await headObject(client, { bucket, key }).catch(() => undefined);
    if (head?.sizeBytes === sizeBytes && head.checksums.crc64nvme === crc64nvme) return head;
    throw error;
  }
}

/**
 * After an interruption or when the server is gone, an upload with parts on record stays: the same command goes on with it. Every other one is
 * called off.
 */
async function leave(
  error: unknown,
  upload: {
    readonly target: ObjectPlace;
    readonly uploadId: string;
    readonly journal: string | undefined;
    readonly done: ReadonlyMap<number, UploadedPart>;
    readonly count: number;
    readonly path: string;
  },
  { signal, onKept, output }: TransferContext,
): Promise<void> {
  const { target, uploadId, journal, done, count, path } = upload;
  const canGoOn = signal.aborted || (error instanceof CliError && error.code === "Network");
  if (canGoOn && journal !== undefined && done.size > 0) {
    onKept(`${path}: ${done.size} of ${count} parts are stored`);
    return;
  }
  const { client, bucket, key } = target;
  try {
    await abortMultipartUpload(client, { bucket, key, uploadId }, { signal: AbortSignal.timeout(abortMs) });
    await removeJournal(journal);
  } catch {
    // It stays on record, for `stave transfers clear`.
    output.warn(`The unfinished upload of ${key} could not be called off: stave transfers clear`);
  }
}

const abortMs = 10_000;

/** Throws `NotSupported` for what would need parts that do not fit into memory. */
export function partSizeFor(sizeBytes: number): number {
  const needed = Math.ceil(sizeBytes / maxParts / mib) * mib;
  if (needed > largestPartBytes) {
    throw new CliError("NotSupported", "It is too large: at most 625 GiB go into one object.");
  }
  return Math.max(smallestPartBytes, needed);
}

export function sizeOfPart(partNumber: number, partSizeBytes: number, sizeBytes: number): number {
  return Math.min(partSizeBytes, sizeBytes - (partNumber - 1) * partSizeBytes);
}

async function readAt({ file, path }: Source, buffer: Buffer, position: number): Promise<void> {
  if ((await file.read(buffer, position)) < buffer.length) throw changed(path);
}

function requireUnchanged({ file, path, state }: Source): void {
  const now = file.state();
  if (now.size !== state.size || now.mtimeNs !== state.mtimeNs) throw changed(path);
}

function changed(path: string): CliError {
  return new CliError("Failed", `${path}: the file was changed while it was read.`, {
    next: ["run the same command again when nobody writes to it"],
  });
}
