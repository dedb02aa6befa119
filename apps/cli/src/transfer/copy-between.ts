import { checksumOf, combineChecksums } from "@stave/s3-checksum";
import { CliError } from "../command/cli-error.ts";
import { copyObject } from "../s3/operations/copy-object.ts";
import { headObject } from "../s3/operations/head-object.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  type UploadedPart,
  uploadPart,
  uploadPartCopy,
} from "../s3/operations/multipart-upload.ts";
import type { ObjectHead } from "../s3/operations/object-head.ts";
import { putObject, type StoredObject, type StoredSettings } from "../s3/operations/put-object.ts";
import { getObjectTags } from "../s3/operations/tagging.ts";
import { nameOf } from "../s3/s3-client.ts";
import { getRange, type SourceObject } from "./download-object.ts";
import { eachPart } from "./each-part.ts";
import { largestPartBytes, mib, partsAtOnce, singleMaxBytes, type TransferContext } from "./transfer-context.ts";
import { type ObjectPlace, partSizeFor, sizeOfPart, type UploadOptions } from "./upload-file.ts";
import { wholeChecksum } from "./verify-file.ts";

export type CopyOptions = UploadOptions & {
  /** Something was said about settings: what was not said is taken from the source. */
  readonly hasSettings: boolean;
};

/** What CopyObject takes. */
const copyMaxBytes = 5 * 1024 * mib;

/** An object becomes another one: within a server it copies itself, between two the bytes go through here. */
export async function copyBetween(
  source: SourceObject,
  target: ObjectPlace,
  options: CopyOptions,
  context: TransferContext,
): Promise<StoredObject> {
  const isWithin = isSameServer(source, target);
  const isPlain =
    isWithin && !options.hasSettings && source.sizeBytes !== undefined && source.sizeBytes <= copyMaxBytes;
  if (isPlain)
    return await copyWithin(source, target, { settings: undefined, ifNoneMatch: options.ifNoneMatch }, context);
  const head = await headObject(source.client, source);
  const whole = { ...source, sizeBytes: head.sizeBytes };
  if (isWithin && head.sizeBytes <= copyMaxBytes) {
    const settings = options.hasSettings ? await settingsOf(whole, head, options.settings) : undefined;
    return await copyWithin(whole, target, { settings, ifNoneMatch: options.ifNoneMatch }, context);
  }
  const settings = await settingsOf(whole, head, options.settings);
  if (head.sizeBytes <= singleMaxBytes) return await copySmall(whole, head, target, { ...options, settings }, context);
  return await copyInParts({ source: whole, head, target, isWithin }, { ...options, settings }, context);
}

export function isSameServer(left: ObjectPlace, right: ObjectPlace): boolean {
  return left.client === right.client;
}

async function copyWithin(
  { bucket, key, versionId, sizeBytes = 0 }: SourceObject,
  target: ObjectPlace,
  { settings, ifNoneMatch }: { readonly settings: StoredSettings | undefined; readonly ifNoneMatch: "*" | undefined },
  { onBytes }: TransferContext,
): Promise<StoredObject> {
  const stored = await copyObject(target.client, {
    source: { bucket, key, versionId },
    bucket: target.bucket,
    key: target.key,
    settings,
    ifNoneMatch,
  });
  onBytes(sizeBytes);
  return stored;
}

async function settingsOf(source: SourceObject, head: ObjectHead, said: StoredSettings): Promise<StoredSettings> {
  const isTagged = Number(head.headers["x-amz-tagging-count"] ?? 0) > 0;
  const tags = said.tags ?? (isTagged ? await getObjectTags(source.client, source) : undefined);
  return {
    contentType: said.contentType ?? head.contentType,
    stored: { ...head.stored, ...said.stored },
    metadata: said.metadata ?? head.metadata,
    ...(tags !== undefined && { tags }),
    storageClass: said.storageClass,
    ...(said.headers !== undefined && { headers: said.headers }),
  };
}

async function copySmall(
  source: SourceObject,
  head: ObjectHead,
  { client, bucket, key }: ObjectPlace,
  { settings, ifNoneMatch }: UploadOptions,
  { buffers, signal, onBytes }: TransferContext,
): Promise<StoredObject> {
  const body = await buffers.take(head.sizeBytes);
  try {
    if (body.length > 0) await getRange(source, head, { from: 0, buffer: body, signal });
    const crc64nvme = checksumOf("CRC64NVME", body);
    requireSum(source, head, crc64nvme);
    const stored = await putObject(client, {
      ...settings,
      bucket,
      key,
      body,
      checksum: { crc64nvme },
      ifNoneMatch,
      signal,
    });
    onBytes(body.length);
    buffers.give(body);
    return stored;
  } catch (error) {
    buffers.drop(body);
    throw error;
  }
}

async function copyInParts(
  work: {
    readonly source: SourceObject;
    readonly head: ObjectHead;
    readonly target: ObjectPlace;
    readonly isWithin: boolean;
  },
  { settings, ifNoneMatch }: UploadOptions,
  context: TransferContext,
): Promise<StoredObject> {
  const { source, head, target, isWithin } = work;
  const { client, bucket, key } = target;
  const { sizeBytes } = head;
  const partSizeBytes = isWithin ? Math.max(largestPartBytes, partSizeFor(sizeBytes)) : partSizeFor(sizeBytes);
  const checksumAlgorithm = isWithin ? undefined : "CRC64NVME";
  const uploadId = await createMultipartUpload(client, { ...settings, bucket, key, checksumAlgorithm });
  const address = { bucket, key, uploadId };
  const parts: UploadedPart[] = [];
  try {
    const numbers = Array.from({ length: Math.ceil(sizeBytes / partSizeBytes) }, (_, at) => at + 1);
    await eachPart(numbers, { atOnce: partsAtOnce, signal: context.signal }, async (partNumber, signal) => {
      const from = (partNumber - 1) * partSizeBytes;
      const size = sizeOfPart(partNumber, partSizeBytes, sizeBytes);
      if (isWithin) {
        const { etag } = head;
        const range = [from, from + size - 1] as const;
        parts.push(await uploadPartCopy(client, address, { partNumber, source: { ...source, etag }, range, signal }));
        context.onBytes(size);
        return;
      }
      const body = await context.buffers.take(size);
      try {
        await getRange(source, head, { from, buffer: body, signal });
        const checksum = { crc64nvme: checksumOf("CRC64NVME", body) };
        parts.push(await uploadPart(client, address, { partNumber, body, checksum, signal }));
        context.onBytes(size);
        context.buffers.give(body);
      } catch (error) {
        context.buffers.drop(body);
        throw error;
      }
    });
    parts.sort((a, b) => a.partNumber - b.partNumber);
    if (isWithin) return await completeMultipartUpload(client, address, { parts, ifNoneMatch });
    const sums = parts.map(({ partNumber, checksum }) => ({
      value: checksum?.crc64nvme ?? "",
      sizeBytes: sizeOfPart(partNumber, partSizeBytes, sizeBytes),
    }));
    const crc64nvme = combineChecksums("CRC64NVME", sums);
    requireSum(source, head, crc64nvme);
    return await completeMultipartUpload(client, address, { parts, checksum: { crc64nvme }, ifNoneMatch });
  } catch (error) {
    await abortMultipartUpload(client, address, { signal: AbortSignal.timeout(10_000) }).catch(() => {
      context.output.warn(`The unfinished upload ${uploadId} of ${key} could not be called off.`);
    });
    throw error;
  }
}

/** What was read here against what the source has on record, where that is the same kind of checksum. */
function requireSum(source: SourceObject, head: ObjectHead, crc64nvme: string): void {
  const whole = wholeChecksum(head);
  if (whole?.name !== "crc64nvme" || whole.value === crc64nvme) return;
  throw new CliError("Failed", `${nameOf(source)}: what arrived is not what the server has a checksum of.`, {
    why: "Nothing of it was kept.",
  });
}
