import { type BlobRef, blobKey, type FileRef, isFileRef, isSegmentRef, type ManifestRef } from "./blob-ref.ts";
import { fileGarbageKey, manifestGarbageKey } from "./garbage-keys.ts";
import { isHeld } from "./snapshot/hold.ts";
import type { Transaction } from "./transaction.ts";

/** Makes a written file part of the index. */
export function addFile({ index }: Transaction, blob: FileRef): void {
  index.blobs.put(blobKey(blob), 1);
}

/** Lets one more version use the blob; false when it is gone. */
export function shareBlob(transaction: Transaction, blob: FileRef | ManifestRef): boolean {
  const { blobs, manifests } = transaction.index;
  const key = blobKey(blob);
  const count = blobs.get(key) ?? (manifests.doesExist(key) ? 1 : 0);
  if (count === 0) return false;
  blobs.put(key, count + 1);
  return true;
}

/** One version less uses the blob; with the last one it is taken out of the index, and its files go after the commit. */
export function releaseBlob(transaction: Transaction, blob: BlobRef | null): void {
  if (blob === null) return;
  if (isSegmentRef(blob)) {
    transaction.releaseBody(blob);
    return;
  }
  const { blobs } = transaction.index;
  const key = blobKey(blob);
  const count = blobs.get(key) ?? 1;
  if (count > 1) {
    blobs.put(key, count - 1);
    return;
  }
  removeBlob(transaction, blob, key);
}

function removeBlob({ index, aftermath }: Transaction, blob: FileRef | ManifestRef, key: Buffer): void {
  index.blobs.remove(key);
  if (isFileRef(blob)) {
    if (isHeld(index)) {
      index.garbage.put(fileGarbageKey(key), 1);
      aftermath.hasGarbage = true;
    } else {
      aftermath.files.push(blob);
    }
    return;
  }
  const manifest = index.manifests.get(key);
  if (manifest === undefined) return;
  index.manifests.remove(key);
  // Somebody may be reading its parts: whoever collects garbage looks for that.
  index.garbage.put(manifestGarbageKey(key), manifest);
  aftermath.hasGarbage = true;
}
