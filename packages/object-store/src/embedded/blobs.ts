import { type BlobRef, blobKey, fileKind, inlineKind, manifestKind } from "./blob-ref.ts";
import { manifestGarbageKey } from "./garbage-keys.ts";
import type { Transaction } from "./transaction.ts";

/** Makes a written file part of the index. */
export function addFile({ index }: Transaction, blob: BlobRef): void {
  index.blobs.put(blobKey(blob), 1);
}

/** Lets one more version use the blob; false when it is gone. */
export function shareBlob(transaction: Transaction, blob: BlobRef): boolean {
  const { blobs } = transaction.index;
  const key = blobKey(blob);
  const count = blobs.get(key) ?? (hasBlob(transaction, blob) ? 1 : 0);
  if (count === 0) return false;
  blobs.put(key, count + 1);
  return true;
}

/** One version less uses the blob; with the last one it is taken out of the index, and its files go after the commit. */
export function releaseBlob(transaction: Transaction, blob: BlobRef | null): void {
  if (blob === null) return;
  const { blobs } = transaction.index;
  const key = blobKey(blob);
  const count = blobs.get(key) ?? 1;
  if (count > 1) {
    blobs.put(key, count - 1);
    return;
  }
  removeBlob(transaction, blob, key);
}

function removeBlob({ index, aftermath }: Transaction, blob: BlobRef, key: Buffer): void {
  const [kind] = blob;
  if (kind === inlineKind) index.inline.remove(key);
  if (kind !== inlineKind) index.blobs.remove(key);
  if (kind === fileKind) aftermath.files.push(blob);
  if (kind === manifestKind) {
    const manifest = index.manifests.get(key);
    if (manifest === undefined) return;
    index.manifests.remove(key);
    // Somebody may be reading its parts: whoever collects garbage looks for that.
    index.garbage.put(manifestGarbageKey(key), manifest);
    aftermath.hasGarbage = true;
  }
}

function hasBlob({ index }: Transaction, blob: BlobRef): boolean {
  const key = blobKey(blob);
  if (blob[0] === inlineKind) return index.inline.doesExist(key);
  return blob[0] === manifestKind && index.manifests.doesExist(key);
}
