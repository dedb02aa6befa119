import { changeAttributes } from "../attributes.ts";
import { checkRemovable, checkRetentionChange } from "../object-lock.ts";
import type {
  Bucket,
  BucketUsage,
  DeletedObject,
  DeleteMarker,
  DeleteObjectInput,
  ObjectAddress,
  ObjectVersion,
  Part,
  PutAttributesInput,
  StoredChecksum,
  Upload,
  WriteConditions,
} from "../object-store.ts";
import { type IdSource, nextSequence } from "../ordered-id.ts";
import { checkQuota, type Growth } from "../quota.ts";
import { noSuchKey } from "../refusals.ts";
import { checkDeleteConditions, checkUnchanged, checkWriteConditions } from "../write-conditions.ts";
import type { MemoryMessages } from "./memory-messages.ts";

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
  /** Of the key of an encrypted object. Nothing here is on a disk, so nothing is encrypted; who has no key reads nothing all the same. */
  readonly keyDigest?: string;
};

export type MemoryUpload = {
  readonly upload: Upload;
  readonly parts: Map<number, { readonly part: Part; readonly bytes: Uint8Array; readonly keyDigest?: string }>;
};

export type MemoryBucket = {
  info: Bucket;
  /** Versions of a key, newest first; a key without versions is absent. */
  readonly keys: Map<string, MemoryVersion[]>;
  readonly uploads: Map<string, MemoryUpload>;
  readonly configurations: Map<string, string>;
};

/** What a write brings; the bucket gives it a version id, a place and a time. */
export type VersionDraft = Pick<MemoryVersion, "bytes" | "parts" | "uploadId" | "keyDigest"> &
  Pick<ObjectVersion, "ownerId" | "etag" | "metadata" | "attributes" | "checksum" | "partsCount" | "encryption">;

/** The clock, the ids, the messages and the limits of a store. */
export type Stamps = {
  readonly now: () => Date;
  readonly ids: IdSource;
  readonly tell: MemoryMessages["tell"];
  /** Throws `QuotaExceeded` when the owner of the bucket may not have that much more. */
  readonly checkOwner: (bucket: MemoryBucket, growth: Growth) => void;
};

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
  checkGrowth(bucket, key, draft.bytes.length, stamps);
  const { bytes, parts, uploadId, keyDigest, ...fields } = draft;
  const added = addVersion(bucket, key, stamps, (common) => ({
    bytes,
    ...(parts && { parts }),
    ...(uploadId !== undefined && { uploadId }),
    ...(keyDigest !== undefined && { keyDigest }),
    version: { ...fields, ...common, isDeleteMarker: false, sizeBytes: bytes.length },
  }));
  return { ...added.version, isLatest: true } as ObjectVersion;
}

/** Throws `QuotaExceeded` when a write of this size would. */
export function checkGrowth(
  bucket: MemoryBucket,
  key: string,
  sizeBytes: number,
  { checkOwner }: Pick<Stamps, "checkOwner">,
): void {
  const { name, versioning, quota } = bucket.info;
  const current = bucket.keys.get(key)?.[0];
  const isReplaced =
    versioning !== "Enabled" && current?.version.versionId === "null" && !current.version.isDeleteMarker;
  const growth = {
    versions: isReplaced ? 0 : 1,
    sizeBytes: sizeBytes - (isReplaced ? current.bytes.length : 0),
  };
  checkQuota({ name, ...usageOf(bucket) }, quota, growth);
  checkOwner(bucket, growth);
}

export function putAttributes(
  bucket: MemoryBucket,
  key: string,
  { versionId, bypassesGovernance, onChange, ...change }: PutAttributesInput,
  stamps: Stamps,
): ObjectVersion {
  const found = findVersion(bucket, key, versionId);
  if (found === undefined || found.version.isDeleteMarker) throw noSuchKey({ key });
  const { attributes: before, ...version } = found.version;
  if (change.retention !== undefined)
    checkRetentionChange(before, change.retention, { key, now: stamps.now(), bypassesGovernance });
  const attributes = changeAttributes(before, change);
  const changed: MemoryVersion = { ...found, version: { ...version, ...(attributes && { attributes }) } };
  const versions = bucket.keys.get(key) ?? [];
  bucket.keys.set(
    key,
    versions.map((other) => (other === found ? changed : other)),
  );
  const shown = { ...changed.version, isLatest: versions[0] === found } as ObjectVersion;
  stamps.tell(onChange, { kind: "attributes", bucket: bucket.info.name, version: shown });
  return shown;
}

export function deleteVersion(
  bucket: MemoryBucket,
  { key }: Pick<ObjectAddress, "key">,
  { versionId, bypassesGovernance, onChange, ifUnchanged, ...conditions }: DeleteObjectInput,
  stamps: Stamps,
): DeletedObject {
  checkDeleteConditions(key, bucket.keys.get(key)?.[0]?.version, conditions);
  if (ifUnchanged !== undefined) {
    const found = findVersion(bucket, key, versionId);
    const isLatest = found === bucket.keys.get(key)?.[0];
    checkUnchanged(found && ({ ...found.version, isLatest } as ObjectVersion | DeleteMarker), ifUnchanged);
  }
  const { versioning } = bucket.info;
  if (versionId !== undefined || versioning === undefined) {
    const version = findVersion(bucket, key, versionId ?? "null")?.version;
    if (version?.isDeleteMarker === false) {
      checkRemovable(version.attributes, { key, now: stamps.now(), bypassesGovernance });
    }
    const isLatest = version !== undefined && bucket.keys.get(key)?.[0]?.version === version;
    const removed = removeVersion(bucket, key, versionId ?? "null");
    if (removed !== undefined) {
      stamps.tell(onChange, { kind: "removed", bucket: bucket.info.name, version: { ...removed.version, isLatest } });
    }
    if (removed === undefined || versioning === undefined) return { isDeleteMarker: false };
    return { versionId: removed.version.versionId, isDeleteMarker: removed.version.isDeleteMarker };
  }
  const marker = addVersion(bucket, key, stamps, (common) => ({
    bytes: new Uint8Array(),
    version: { ...common, ownerId: bucket.info.ownerId, isDeleteMarker: true },
  }));
  stamps.tell(onChange, { kind: "added", bucket: bucket.info.name, version: { ...marker.version, isLatest: true } });
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
