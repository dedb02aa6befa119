import { ownerId } from "./buckets.ts";
import type { Slot } from "./slots.ts";
import { tell } from "./tell.ts";
import { isForLargeUploads, type WriterOptions, write } from "./write-forever.ts";

const minPartBytes = 5 * 1024 ** 2;
const metadata = { headers: {}, user: {} };

/** A multipart upload: of one part mostly, because all parts but the last have 5 MiB; one in three is given up. */
export async function writeUpload(slot: Slot, { store, reporter, random, kind }: WriterOptions): Promise<void> {
  const { address } = slot;
  const isAborted = random.isOneIn(3);
  const tailBytes = 1 + random.below(200_000);
  const isLarge = isForLargeUploads(slot) && random.isOneIn(kind === "uploads" ? 40 : 4);
  const content = reporter.newContent(address, isLarge ? minPartBytes + tailBytes : tailBytes);
  const bytes = reporter.bytesOf(content);
  const borders =
    isAborted && !isLarge ? cutInTwo(bytes.length) : isLarge ? [0, minPartBytes, bytes.length] : [0, bytes.length];

  const upload = async (id: string) => {
    const { uploadId } = await store.createUpload(address, { ownerId, metadata });
    tell({ type: "upload", id, address, uploadId });
    const parts: { readonly partNumber: number; readonly etag: string }[] = [];
    for (const [at, first] of borders.slice(0, -1).entries()) {
      const part = bytes.subarray(first, borders[at + 1]);
      const partNumber = 2 * at + 1;
      const { etag } = await store.putPart({ ...address, uploadId }, part, { partNumber });
      tell({ type: "part", id, partNumber, etag });
      parts.push({ partNumber, etag });
    }
    tell({ type: isAborted ? "giving up" : "completing", id });
    if (!isAborted) return await store.completeUpload({ ...address, uploadId }, { parts });
    await store.abortUpload({ ...address, uploadId });
    return undefined;
  };
  await write(slot, { reporter, content, work: upload });
}

function cutInTwo(sizeBytes: number): readonly number[] {
  return sizeBytes < 2 ? [0, sizeBytes] : [0, Math.floor(sizeBytes / 2), sizeBytes];
}
