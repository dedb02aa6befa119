import { checksumOf, combineChecksums } from "@stave/s3-checksum";
import { CliError } from "../command/cli-error.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  type UploadedPart,
  uploadPart,
} from "../s3/operations/multipart-upload.ts";
import { putObject, type StoredObject } from "../s3/operations/put-object.ts";
import { maxParts, smallestPartBytes, type TransferContext } from "./transfer-context.ts";
import type { ObjectPlace, UploadOptions } from "./upload-file.ts";

/** So many parts have the same size; then it doubles, so that 10,000 of them hold 293 GiB. */
const partsOfASize = 2500;
const atOnce = 3;

/** What comes becomes an object, once it has ended well. When it breaks, nothing of it stays. */
export async function uploadStream(
  source: AsyncIterable<Buffer>,
  { client, bucket, key }: ObjectPlace,
  { settings, ifNoneMatch }: UploadOptions,
  context: TransferContext,
): Promise<StoredObject & { readonly sizeBytes: number }> {
  const pieces = inPieces(source)[Symbol.asyncIterator]();
  const first = await pieces.next();
  const second = first.done === true ? first : await pieces.next();
  const { signal, onBytes } = context;
  if (second.done === true) {
    const body = first.value ?? Buffer.alloc(0);
    const checksum = { crc64nvme: checksumOf("CRC64NVME", body) };
    const stored = await putObject(client, { ...settings, bucket, key, body, checksum, ifNoneMatch, signal });
    onBytes(body.length);
    return { ...stored, sizeBytes: body.length };
  }
  const uploadId = await createMultipartUpload(client, { ...settings, bucket, key, checksumAlgorithm: "CRC64NVME" });
  const address = { bucket, key, uploadId };
  const parts: (UploadedPart & { readonly sizeBytes: number })[] = [];
  const open = new Set<Promise<void>>();
  const stop = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  const send = (partNumber: number, body: Buffer) => {
    const crc64nvme = checksumOf("CRC64NVME", body);
    const part = { partNumber, body, checksum: { crc64nvme }, signal: AbortSignal.any([signal, stop.signal]) };
    const sent = uploadPart(client, address, part).then(
      (uploaded) => {
        parts.push({ ...uploaded, sizeBytes: body.length });
        onBytes(body.length);
      },
      (error: unknown) => {
        failure ??= { error };
        stop.abort();
      },
    );
    const tracked = sent.finally(() => open.delete(tracked));
    open.add(tracked);
  };
  try {
    let partNumber = 0;
    for (
      let piece: IteratorResult<Buffer> = first;
      piece.done !== true;
      piece = partNumber === 1 ? second : await pieces.next()
    ) {
      partNumber += 1;
      if (partNumber > maxParts) throw new CliError("NotSupported", "The stream is too long for one object.");
      send(partNumber, piece.value);
      if (open.size >= atOnce) await Promise.race(open);
      if (failure !== undefined) throw failure.error;
    }
    await Promise.all(open);
    if (failure !== undefined) throw failure.error;
    signal.throwIfAborted();
    parts.sort((a, b) => a.partNumber - b.partNumber);
    const sums = parts.map(({ checksum, sizeBytes }) => ({ value: checksum?.crc64nvme ?? "", sizeBytes }));
    const checksum = { crc64nvme: combineChecksums("CRC64NVME", sums) };
    const stored = await completeMultipartUpload(client, address, { parts, checksum, ifNoneMatch });
    return { ...stored, sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0) };
  } catch (error) {
    stop.abort();
    await Promise.all(open);
    await abortMultipartUpload(client, address, { signal: AbortSignal.timeout(10_000) }).catch(() => {
      context.output.warn(`The unfinished upload ${uploadId} of ${key} could not be called off.`);
    });
    throw error;
  }
}

async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let number = 1;
  let piece = Buffer.allocUnsafeSlow(smallestPartBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let rest = chunk; rest.length > 0; ) {
      const copied = rest.copy(piece, filled);
      filled += copied;
      rest = rest.subarray(copied);
      if (filled < piece.length) continue;
      yield piece;
      number += 1;
      piece = Buffer.allocUnsafeSlow(smallestPartBytes * 2 ** Math.floor((number - 1) / partsOfASize));
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
