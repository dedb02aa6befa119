import { createHash, hash } from "node:crypto";
import { checkDigest } from "../check-digest.ts";
import type { ObjectBody, PutObjectInput, StoredChecksum } from "../object-store.ts";
import type { BlobFiles, BlobWriter } from "./blob-files.ts";
import type { FileRef } from "./blob-ref.ts";
import { onDisk } from "./disk-error.ts";

/** A body that has ended well: in memory when it is small, else a file that is on the disk and not yet in the index. */
export type ReceivedBody = {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
  /** Undefined when the bytes are in `file`. */
  readonly small: Uint8Array | undefined;
  readonly file: FileRef | undefined;
};

/** What the client announced about the bytes. */
type Announced = Pick<PutObjectInput, "contentMd5" | "checksum">;

/**
 * Reads a body to its end, once, hashing on the way. When it throws, nothing is left of it. More than `smallMaxBytes` go to a
 * file of their own.
 */
export async function receiveBody(
  body: ObjectBody,
  { files, smallMaxBytes }: { readonly files: BlobFiles; readonly smallMaxBytes: number },
  announced: Announced = {},
): Promise<ReceivedBody> {
  if (body instanceof Uint8Array && body.length <= smallMaxBytes) return finishSmall(body, announced);
  let small: Buffer = Buffer.alloc(0);
  let sizeBytes = 0;
  let large: LargeBody | undefined;
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      sizeBytes += chunk.length;
      if (large === undefined && sizeBytes <= smallMaxBytes) {
        small = append(small, sizeBytes - chunk.length, chunk, smallMaxBytes);
        continue;
      }
      if (large === undefined) {
        large = await openLargeBody(files);
        await large.write(small.subarray(0, sizeBytes - chunk.length));
      }
      await large.write(chunk);
    }
    if (large === undefined) return finishSmall(small.subarray(0, sizeBytes), announced);
    return await finishLarge(large, sizeBytes, announced);
  } catch (error) {
    await large?.writer.abandon();
    throw error;
  }
}

type LargeBody = { readonly writer: BlobWriter; write(chunk: Uint8Array): Promise<void>; etag(): string };

async function openLargeBody(files: BlobFiles): Promise<LargeBody> {
  const writer = await onDisk(() => files.create());
  const digest = createHash("md5");
  return {
    writer,
    async write(chunk) {
      digest.update(chunk);
      await onDisk(() => writer.write(chunk));
    },
    etag: () => digest.digest("hex"),
  };
}

/** A copy of the chunk behind what is there: its source may reuse its buffer. Grows by doubling, for one-byte chunks. */
function append(bytes: Buffer, used: number, chunk: Uint8Array, maxBytes: number): Buffer {
  if (used === 0) return Buffer.from(chunk);
  const needed = used + chunk.length;
  const target = needed <= bytes.length ? bytes : Buffer.allocUnsafe(Math.min(maxBytes, Math.max(needed, 2 * used)));
  if (target !== bytes) bytes.copy(target, 0, 0, used);
  target.set(chunk, used);
  return target;
}

function finishSmall(bytes: Uint8Array, { contentMd5, checksum }: Announced): ReceivedBody {
  const etag = hash("md5", bytes, "hex");
  checkDigest(etag, contentMd5);
  return { sizeBytes: bytes.length, etag, checksum: checksum?.(), small: bytes, file: undefined };
}

async function finishLarge(
  { writer, etag: readEtag }: LargeBody,
  sizeBytes: number,
  { contentMd5, checksum }: Announced,
): Promise<ReceivedBody> {
  const etag = readEtag();
  checkDigest(etag, contentMd5);
  const value = checksum?.(); // before the flush: a wrong one throws here
  const file = await onDisk(() => writer.finish());
  return { sizeBytes, etag, checksum: value, small: undefined, file };
}
