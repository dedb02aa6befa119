import type {
  Bucket,
  BucketUsage,
  DeletedObject,
  DeleteMarker,
  DeleteObjectInput,
  ObjectAddress,
  ObjectVersion,
  Part,
  StoredChecksum,
  Upload,
  WriteConditions,
} from "../object-store.ts";
import { type IdSource, nextSequence } from "../ordered-id.ts";
import { checkDeleteCondition, checkWriteConditions } from "../write-conditions.ts";

export type MemoryPart = {
  readonly partNumber: number;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly checksum?: StoredChecksum;
};

export type MemoryVersion = {
  readonly sequence: number;
  readonly version: Omit<ObjectVersion, "isLatest"> | Omit<DeleteMarker, "isLatest">;
  readonly bytes: Uint8Array;
  /** Of a multipart object, in order. */
  readonly parts?: readonly MemoryPart[];
  readonly uploadId?: string;
};

export type MemoryUpload = {
  readonly upload: Upload;
  readonly parts: Map<number, { readonly part: Part; readonly bytes: Uint8Array }>;
};

export type MemoryBucket = {
  info: Bucket;
  /** Versions of a key, newest first; a key without versions is absent. */
  readonly keys: Map<string, MemoryVersion[]>;
  readonly uploads: Map<string, MemoryUpload>;
};

/** What a write brings; the bucket gives it a version id, a place and a time. */
export type VersionDraft = Pick<MemoryVersion, "bytes" | "parts" | "uploadId"> &
  Pick<ObjectVersion, "ownerId" | "etag" | "metadata" | "checksum" | "partsCount">;

/** The clock and the ids of a store. */
export type Stamps = { readonly now: () => Date; readonly ids: IdSource };

export function findVersion(bucket: MemoryBucket, key: string, versionId?: string): MemoryVersion | undefined {
  const versions = bucket.keys.get(key) ?? [];
  return versionId === undefined ? versions[0] : versions.find(({ version }) => version.versionId === versionId);
}

export function addObject(
  bucket: MemoryBucket,
  key: string,
  draft: VersionDraft,
  stamps: Stamps,
  conditions?: WriteConditions,
): ObjectVersion {
  checkWriteConditions(key, bucket.keys.get(key)?.[0]?.version, conditions);
  const { bytes, parts, uploadId, ...fields } = draft;
  const added = addVersion(bucket, key, stamps, (common) => ({
    bytes,
    ...(parts && { parts }),
    ...(uploadId !== undefined && { uploadId }),
    version: { ...fields, ...common, isDeleteMarker: false, sizeBytes: bytes.length },
  }));
  return { ...added.version, isLatest: true } as ObjectVersion;
}

export function deleteVersion(
  bucket: MemoryBucket,
  { key }: Pick<ObjectAddress, "key">,
  { versionId, ifMatch }: DeleteObjectInput,
  stamps: Stamps,
): DeletedObject {
  checkDeleteCondition(key, bucket.keys.get(key)?.[0]?.version, ifMatch);
  const { versioning } = bucket.info;
  if (versionId !== undefined || versioning === undefined) {
    const removed = removeVersion(bucket, key, versionId ?? "null");
    if (removed === undefined || versioning === undefined) return { isDeleteMarker: false };
    return { versionId: removed.version.versionId, isDeleteMarker: removed.version.isDeleteMarker };
  }
  const marker = addVersion(bucket, key, stamps, (common) => ({
    bytes: new Uint8Array(),
    version: { ...common, ownerId: bucket.info.ownerId, isDeleteMarker: true },
  }));
  return { versionId: marker.version.versionId, isDeleteMarker: true };
}

export function usageOf(bucket: MemoryBucket): BucketUsage {
  const stacks = [...bucket.keys.values()];
  const objects = stacks.flat().filter(({ version }) => !version.isDeleteMarker);
  return {
    objects: stacks.filter((versions) => versions[0]?.version.isDeleteMarker === false).length,
    versions: objects.length,
    sizeBytes: objects.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

type CommonFields = { readonly key: string; readonly versionId: string; readonly lastModified: Date };

function addVersion(
  bucket: MemoryBucket,
  key: string,
  { now, ids }: Stamps,
  build: (common: CommonFields) => Omit<MemoryVersion, "sequence">,
): MemoryVersion {
  const versions = bucket.keys.get(key) ?? [];
  const lastModified = now();
  const sequence = nextSequence(lastModified, versions[0]?.sequence);
  const versionId = bucket.info.versioning === "Enabled" ? ids.versionId(sequence) : "null";
  const added = { ...build({ key, versionId, lastModified }), sequence };
  const kept = versionId === "null" ? versions.filter(({ version }) => version.versionId !== "null") : versions;
  bucket.keys.set(key, [added, ...kept]);
  return added;
}

function removeVersion(bucket: MemoryBucket, key: string, versionId: string): MemoryVersion | undefined {
  const removed = findVersion(bucket, key, versionId);
  const kept = (bucket.keys.get(key) ?? []).filter((version) => version !== removed);
  if (kept.length === 0) bucket.keys.delete(key);
  else bucket.keys.set(key, kept);
  return removed;
}
