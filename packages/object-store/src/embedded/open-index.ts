import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import type { BucketRow, ManifestRow, PartRow, UploadRow, VersionRow } from "./records.ts";

/** The ordered index: every bucket, key, version, upload and small body. What is not in it does not exist. */
export interface Index {
  readonly root: RootDatabase;
  /** Numbers by name: see `readNumber`. */
  readonly meta: Database<number, Buffer>;
  /** By name. */
  readonly buckets: Database<BucketRow, Buffer>;
  /** bucket ‖ key → the newest version, object or delete marker. */
  readonly current: Database<VersionRow, Buffer>;
  /** bucket ‖ key ‖ 0 ‖ inverted sequence → every other version. */
  readonly noncurrent: Database<VersionRow, Buffer>;
  /** bucket ‖ key ‖ 0 ‖ upload id. */
  readonly uploads: Database<UploadRow, Buffer>;
  /** upload id ‖ part number. */
  readonly parts: Database<PartRow, Buffer>;
  /** Blob key of a manifest → the parts of a multipart object. */
  readonly manifests: Database<ManifestRow, Buffer>;
  /** Blob key → a small body. */
  readonly inline: Database<Buffer, Buffer>;
  /** Blob key → how many versions share it. Every file has a row; other blobs only when there is more than one. */
  readonly blobs: Database<number, Buffer>;
  /** What was taken out of the index and still has files or rows: see collect-garbage.ts. */
  readonly garbage: Database<ManifestRow | 1, Buffer>;
}

/** The file is sparse and grows as needed: a fixed size spares every process from having to map it again. */
const mapBytes = 2 ** 40;

/** Readers are processes, not requests; dead ones are reclaimed. */
const maxReaders = 512;

/** Opens or creates the index below `directory`. */
export function openIndex(directory: string): Index {
  const root = open({
    path: join(directory, "index"),
    noSubdir: false,
    mapSize: mapBytes,
    maxReaders,
    maxDbs: 16,
    keyEncoding: "binary",
    // Without it a commit resolves when the data is written and flushed, and the new root after it: see README, "Durability".
    overlappingSync: false,
    // We batch ourselves; and with it a failed commit also rejects a promise that nobody can get hold of.
    eventTurnBatching: false,
  });
  const rows = { keyEncoding: "binary", encoding: "msgpack" } as const;
  return {
    root,
    meta: root.openDB<number, Buffer>("meta", rows),
    buckets: root.openDB<BucketRow, Buffer>("buckets", rows),
    current: root.openDB<VersionRow, Buffer>("current", rows),
    noncurrent: root.openDB<VersionRow, Buffer>("noncurrent", rows),
    uploads: root.openDB<UploadRow, Buffer>("uploads", rows),
    parts: root.openDB<PartRow, Buffer>("parts", rows),
    manifests: root.openDB<ManifestRow, Buffer>("manifests", rows),
    inline: root.openDB<Buffer, Buffer>("inline", { keyEncoding: "binary", encoding: "binary" }),
    blobs: root.openDB<number, Buffer>("blobs", rows),
    garbage: root.openDB<ManifestRow | 1, Buffer>("garbage", rows),
  };
}

const numberNames = {
  /** The layout of the index. */
  format: Buffer.from("format"),
  /** The epoch the next opened store takes. */
  nextEpoch: Buffer.from("nextEpoch"),
  /** Stores of lower epochs may not commit: their directory was locked by somebody else since. */
  fence: Buffer.from("fence"),
  nextBucketId: Buffer.from("nextBucketId"),
} as const;

export function readNumber(index: Index, name: keyof typeof numberNames, absent: number): number {
  return index.meta.get(numberNames[name]) ?? absent;
}

export function writeNumber(index: Index, name: keyof typeof numberNames, value: number): void {
  index.meta.put(numberNames[name], value);
}
