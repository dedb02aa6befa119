import { createChecksum, createMd5, multipartEtag } from "@stave/s3-checksum";
import { headObject } from "../s3/operations/head-object.ts";
import type { ObjectHead } from "../s3/operations/object-head.ts";
import { openForReading } from "./open-for-reading.ts";
import type { ObjectPlace } from "./upload-file.ts";

const readBytes = 1024 ** 2;

export const algorithms = {
  crc64nvme: "CRC64NVME",
  crc32c: "CRC32C",
  crc32: "CRC32",
  sha256: "SHA256",
  sha1: "SHA1",
} as const;

export type ChecksumName = keyof typeof algorithms;

/** The best that a server offers of the whole object; undefined when it is of parts, or there is none. */
export function wholeChecksum({
  checksums,
  checksumType,
}: Pick<ObjectHead, "checksums" | "checksumType">):
  | { readonly name: ChecksumName; readonly value: string }
  | undefined {
  if (checksumType === "COMPOSITE") return undefined;
  for (const name of Object.keys(algorithms) as ChecksumName[]) {
    const value = checksums[name];
    // Of parts, servers write their number behind it.
    if (value !== undefined && !value.includes("-")) return { name, value };
  }
  return undefined;
}

/** True when the bytes are those of the object, false when not, undefined when the server offers nothing to compare with. */
export async function isFileOf(
  path: string,
  head: ObjectHead,
  { client, bucket, key }: ObjectPlace,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const whole = wholeChecksum(head);
  if (whole !== undefined) return (await fileChecksum(path, whole.name, signal)) === whole.value;
  if (isMd5(head.etag)) return (await fileMd5(path, signal)) === head.etag ? true : head.encryption ? undefined : false;
  const parts = /^[\da-f]{32}-(\d{1,5})$/.exec(head.etag)?.[1];
  if (parts === undefined) return undefined;
  const first = await headObject(client, { bucket, key, partNumber: 1 }).catch(() => undefined);
  const partSizeBytes = Number(first?.headers["content-length"] ?? 0);
  if (partSizeBytes < 1 || Math.ceil(head.sizeBytes / partSizeBytes) !== Number(parts)) return undefined;
  return (await fileMultipartEtag(path, partSizeBytes, signal)) === head.etag ? true : undefined;
}

export function isMd5(etag: string): boolean {
  return /^[\da-f]{32}$/.test(etag);
}

export async function fileMd5(path: string, signal: AbortSignal): Promise<string> {
  const md5 = createMd5();
  for await (const chunk of read(path, signal)) md5.update(chunk);
  return md5.digest().hex;
}

export async function fileChecksum(path: string, name: ChecksumName, signal: AbortSignal): Promise<string> {
  const checksum = createChecksum(algorithms[name]);
  for await (const chunk of read(path, signal)) checksum.update(chunk);
  return checksum.digest();
}

async function fileMultipartEtag(path: string, partSizeBytes: number, signal: AbortSignal): Promise<string> {
  const etags: string[] = [];
  let md5 = createMd5();
  let filled = 0;
  for await (const chunk of read(path, signal)) {
    let rest: Buffer = chunk;
    while (rest.length > 0) {
      const piece = rest.subarray(0, partSizeBytes - filled);
      md5.update(piece);
      filled += piece.length;
      rest = rest.subarray(piece.length);
      if (filled === partSizeBytes) {
        etags.push(md5.digest().hex);
        md5 = createMd5();
        filled = 0;
      }
    }
  }
  if (filled > 0) etags.push(md5.digest().hex);
  return multipartEtag(etags);
}

/** A piece is good until the next one is asked for: thousands of small files are read into the same memory. */
async function* read(path: string, signal: AbortSignal): AsyncGenerator<Buffer, undefined> {
  const file = await openForReading(path);
  const memory = spare.pop() ?? Buffer.allocUnsafeSlow(readBytes);
  try {
    for (let position = 0; ; ) {
      signal.throwIfAborted();
      const readNow = await file.read(memory, position);
      if (readNow > 0) yield memory.subarray(0, readNow);
      if (readNow < memory.length) return;
      position += readNow;
    }
  } finally {
    file.close();
    spare.push(memory); // as many as are ever read at once
  }
}

const spare: Buffer[] = [];
