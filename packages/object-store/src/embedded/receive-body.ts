import { createHash, hash } from "node:crypto";
import { checkDigest } from "../check-digest.ts";
import { etagOf } from "../keyed-etag.ts";
import type { BodyEncryption, ObjectBody, PutObjectInput, StoredChecksum } from "../object-store.ts";
import type { BlobFiles, BlobWriter } from "./blob-files.ts";
import type { FileRef } from "./blob-ref.ts";
import { onDisk } from "./disk-error.ts";
import { freeBytes } from "./free-bytes.ts";
import { createSealer, sealWhole } from "./sealed-body.ts";

/** A body that has ended well: in memory when it is small, else a file that is on the disk and not yet in the index. */
export type ReceivedBody = {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
  /** As they are to be stored. Undefined when the bytes are in `file`. */
  readonly small: Uint8Array | undefined;
  readonly file: FileRef | undefined;
  /** Null unless what is stored is encrypted. */
  readonly seal: string | null;
};

/** What the client announced about the bytes, and how they are to be stored. */
type Announced = Pick<PutObjectInput, "contentMd5" | "checksum"> & { readonly encryption?: BodyEncryption };

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
        large = await openLargeBody(files, announced.encryption);
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

type LargeBody = {
  readonly writer: BlobWriter;
  readonly seal: string | null;
  write(chunk: Uint8Array): Promise<void>;
  /** Of all bytes; hex. */
  md5(): string;
  finish(): Promise<FileRef>;
};

async function openLargeBody(files: BlobFiles, encryption: BodyEncryption | undefined): Promise<LargeBody> {
  const writer = await onDisk(() => files.create());
  const digest = createHash("md5");
  const sealer = encryption && createSealer(encryption.key);
  const writeAll = async (pieces: Iterable<Uint8Array>): Promise<void> => {
    for (const piece of pieces) {
      await writer.write(piece);
      freeBytes(piece);
    }
  };
  return {
    writer,
    seal: sealer?.seal ?? null,
    async write(chunk) {
      digest.update(chunk);
      await onDisk(() => (sealer === undefined ? writer.write(chunk) : writeAll(sealer.update(chunk))));
    },
    md5: () => digest.digest("hex"),
    finish: () =>
      onDisk(async () => {
        if (sealer !== undefined) await writeAll(sealer.end());
        return await writer.finish();
      }),
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

function finishSmall(bytes: Uint8Array, { contentMd5, checksum, encryption }: Announced): ReceivedBody {
  const md5 = hash("md5", bytes, "hex");
  checkDigest(md5, contentMd5);
  const received = {
    sizeBytes: bytes.length,
    etag: md5,
    checksum: checksum?.(),
    small: bytes,
    file: undefined,
    seal: null,
  };
  if (encryption === undefined) return received;
  const { stored, seal } = sealWhole(bytes, encryption.key);
  return { ...received, etag: etagOf(md5, encryption), small: stored, seal };
}

async function finishLarge(
  large: LargeBody,
  sizeBytes: number,
  { contentMd5, checksum, encryption }: Announced,
): Promise<ReceivedBody> {
  const md5 = large.md5();
  checkDigest(md5, contentMd5);
  const value = checksum?.(); // before the flush: a wrong one throws here
  const file = await large.finish();
  return { sizeBytes, etag: etagOf(md5, encryption), checksum: value, small: undefined, file, seal: large.seal };
}
