/** Where bytes are: a row of the index, a file, or a list of the parts of a multipart object. */
export type BlobKind = 1 | 2 | 3;

export const inlineKind = 1;
export const fileKind = 2;
export const manifestKind = 3;

/** Unique across processes: an epoch belongs to one opened store, which counts from 1. */
export type BlobRef = readonly [kind: BlobKind, epoch: number, serial: number];

const keyBytes = 11;

export function blobKey([kind, epoch, serial]: BlobRef): Buffer {
  const key = Buffer.allocUnsafe(keyBytes);
  key[0] = kind;
  key.writeUInt32BE(epoch, 1);
  key.writeUIntBE(serial, 5, 6);
  return key;
}

export function readBlobKey(key: Buffer): BlobRef {
  return [key[0] as BlobKind, key.readUInt32BE(1), key.readUIntBE(5, 6)];
}

export function isSameBlob(a: BlobRef | null, b: BlobRef | null): boolean {
  return a === b || (a !== null && b !== null && a.every((part, at) => part === b[at]));
}

/** A name for a blob, as in the names of pin files. */
export function blobName([, epoch, serial]: BlobRef): string {
  return `${epoch}.${serial}`;
}
