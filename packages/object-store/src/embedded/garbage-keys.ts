// Keys of the garbage: a letter, then what it is about.
const manifestLetter = "m".charCodeAt(0);
const uploadLetter = "u".charCodeAt(0);
const bucketLetter = "b".charCodeAt(0);
const fileLetter = "f".charCodeAt(0);

const blobKeyBytes = 11;
const uploadIdBytes = 30;
const bucketIdBytes = 4;

export type GarbageSubject =
  | { readonly kind: "manifest"; readonly blobKey: Buffer }
  | { readonly kind: "upload"; readonly idBytes: Buffer }
  | { readonly kind: "bucket"; readonly bucketId: number }
  | { readonly kind: "file"; readonly blobKey: Buffer };

/** A multipart object that is gone; its row keeps the manifest. */
export function manifestGarbageKey(blobKey: Buffer): Buffer {
  return Buffer.concat([Buffer.of(manifestLetter), blobKey]);
}

/** An upload that is gone; its parts are still in the index. */
export function uploadGarbageKey(idBytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(uploadLetter), idBytes]);
}

/** A bucket that is gone; its uploads are still in the index. */
export function bucketGarbageKey(bucketId: number): Buffer {
  const key = Buffer.alloc(5, bucketLetter);
  key.writeUInt32BE(bucketId, 1);
  return key;
}

/** A file that is gone from the index, and that a snapshot may still need. */
export function fileGarbageKey(blobKey: Buffer): Buffer {
  return Buffer.concat([Buffer.of(fileLetter), blobKey]);
}

/** False for what no version of this software has written. */
export function isGarbageKey(key: Buffer): boolean {
  const sizes: Readonly<Record<number, number>> = {
    [manifestLetter]: 1 + blobKeyBytes,
    [fileLetter]: 1 + blobKeyBytes,
    [uploadLetter]: 1 + uploadIdBytes,
    [bucketLetter]: 1 + bucketIdBytes,
  };
  return sizes[key[0] ?? 0] === key.length;
}

export function readGarbageKey(key: Buffer): GarbageSubject {
  const subject = key.subarray(1);
  if (key[0] === manifestLetter) return { kind: "manifest", blobKey: subject };
  if (key[0] === uploadLetter) return { kind: "upload", idBytes: subject };
  if (key[0] === fileLetter) return { kind: "file", blobKey: subject };
  return { kind: "bucket", bucketId: subject.readUInt32BE(0) };
}
