/** What holds bytes: a record of a segment, a file of its own, or a list of parts that make one object. */
export const segmentKind = 1;
export const fileKind = 2;
export const manifestKind = 3;

/** Where a small body lies. A record has one owner, so that it can be moved. */
export type SegmentRef = readonly [
  kind: typeof segmentKind,
  epoch: number,
  segment: number,
  /** Of the first byte of the body in the segment. */
  offset: number,
  sizeBytes: number,
  crc32: number,
];

export type FileRef = readonly [kind: typeof fileKind, epoch: number, serial: number];
export type ManifestRef = readonly [kind: typeof manifestKind, epoch: number, serial: number];

/** Unique across processes: an epoch belongs to one opened store, which counts from 1. */
export type BlobRef = SegmentRef | FileRef | ManifestRef;

const keyBytes = 11;

/** The key of a file or a manifest in the index. */
export function blobKey([kind, epoch, serial]: FileRef | ManifestRef): Buffer {
  const key = Buffer.allocUnsafe(keyBytes);
  key[0] = kind;
  key.writeUInt32BE(epoch, 1);
  key.writeUIntBE(serial, 5, 6);
  return key;
}

export function readBlobKey(key: Buffer): FileRef | ManifestRef {
  const kind = key[0] === fileKind ? fileKind : manifestKind;
  return [kind, key.readUInt32BE(1), key.readUIntBE(5, 6)];
}

export function isSameBlob(a: BlobRef | null, b: BlobRef | null): boolean {
  return a === b || (a !== null && b !== null && a.every((part, at) => part === b[at]));
}

export function isSegmentRef(blob: BlobRef): blob is SegmentRef {
  return blob[0] === segmentKind;
}

export function isFileRef(blob: BlobRef): blob is FileRef {
  return blob[0] === fileKind;
}

export function isManifestRef(blob: BlobRef): blob is ManifestRef {
  return blob[0] === manifestKind;
}

/** A name for a blob, as in the names of pin files. */
export function blobName([, epoch, serial]: FileRef | ManifestRef): string {
  return `${epoch}.${serial}`;
}
