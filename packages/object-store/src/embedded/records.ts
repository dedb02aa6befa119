import type {
  BucketDurability,
  BucketQuota,
  BucketVersioning,
  Message,
  ObjectMetadata,
  StoredChecksum,
  Upload,
  VersionAttributes,
} from "../object-store.ts";
import type { BlobRef } from "./blob-ref.ts";

// Rows are arrays, not objects: half the size, and names chosen by clients never become property names. The first element
// is the version of the row's layout; a later layout gets another number and the old one stays readable.
const layout = 1;

/** Names and values in turn. */
export type Pairs = readonly string[];
export type ChecksumRow = readonly [algorithm: string, type: StoredChecksum["type"], value: string] | null;

export type BucketRow = readonly [
  layout: number,
  id: number,
  ownerId: string,
  createdAtMs: number,
  versioning: 0 | 1 | 2,
  objects: number,
  versions: number,
  sizeBytes: number,
  durability: 0 | 1,
  configurationRevision: number,
  quota: readonly [maxSizeBytes: number | null, maxVersions: number | null] | null,
  hasObjectLock: 0 | 1,
];

export type SegmentRow = readonly [
  layout: number,
  /** Of the bodies in it that are in use. */
  liveBytes: number,
  /** The commit that began the next segment; 0 while this one is appended to. */
  completedAt: number,
];

/** Null where nothing is said. */
export type AttributesRow = readonly [
  tags: Pairs | null,
  acl: string | null,
  retention: readonly [isCompliance: 0 | 1, untilMs: number] | null,
  legalHold: 0 | 1 | null,
  replication: string | null,
];

type VersionFields = [
  layout: number,
  versionId: string,
  sequence: number,
  ownerId: string,
  lastModifiedMs: number,
  olderCount: number,
  olderNull: number,
];

type ObjectFields = [
  ...VersionFields,
  sizeBytes: number,
  etag: string,
  blob: BlobRef | null,
  headers: Pairs,
  user: Pairs,
  checksum: ChecksumRow,
  partsCount: number,
  uploadId: string | null,
];

/** What was said of the key, and the seal of the body; that is null when there are no bytes, and when parts have it. */
export type EncryptionRow = readonly [description: string, seal: string | null];

/** A delete marker, an object, an object with attributes, an encrypted object. */
export type VersionRow =
  | Readonly<VersionFields>
  | Readonly<ObjectFields>
  | readonly [...ObjectFields, attributes: AttributesRow]
  | readonly [...ObjectFields, attributes: AttributesRow | null, encryption: EncryptionRow];

type UploadFields = [
  layout: number,
  ownerId: string,
  initiatedAtMs: number,
  headers: Pairs,
  user: Pairs,
  checksumAlgorithm: string | null,
  checksumType: StoredChecksum["type"] | null,
  attributes: AttributesRow | null,
];

/** Of an unencrypted object, and an encrypted one. */
export type UploadRow = Readonly<UploadFields> | readonly [...UploadFields, encryption: string];

type PartFields = [
  layout: number,
  sizeBytes: number,
  etag: string,
  lastModifiedMs: number,
  checksum: ChecksumRow,
  blob: BlobRef | null,
];

/** With the seal of its bytes, when they are encrypted. */
export type PartRow = Readonly<PartFields> | readonly [...PartFields, seal: string];

type ManifestPartFields = [
  partNumber: number,
  sizeBytes: number,
  etag: string,
  checksum: ChecksumRow,
  blob: BlobRef | null,
];

export type ManifestRow = readonly [
  layout: number,
  parts: readonly (Readonly<ManifestPartFields> | readonly [...ManifestPartFields, seal: string])[],
];

export type MessageRow = readonly [
  layout: number,
  group: string,
  text: string,
  attempts: number,
  dueAtMs: number,
  failure: string | null,
];

export type QueueRow = readonly [layout: number, waiting: number, dead: number, dropped: number];

/** A bucket while a transaction works on it. The counters are written back at the end of the batch. */
export type BucketState = {
  readonly name: string;
  readonly id: number;
  readonly ownerId: string;
  readonly createdAtMs: number;
  versioning: BucketVersioning | undefined;
  durability: BucketDurability;
  objects: number;
  versions: number;
  sizeBytes: number;
  configurationRevision: number;
  quota: BucketQuota | undefined;
  hasObjectLock: boolean;
};

export type StoredObject = {
  readonly sizeBytes: number;
  readonly etag: string;
  /** Null for an empty body. */
  readonly blob: BlobRef | null;
  readonly headers: Pairs;
  readonly user: Pairs;
  readonly checksum: ChecksumRow;
  /** 0 unless it was uploaded in parts. */
  readonly partsCount: number;
  readonly uploadId: string | null;
  readonly attributes: AttributesRow | null;
  /** What was said of the key of an encrypted object. */
  readonly encryption: string | null;
  /** Of the bytes, when they are encrypted and are in one piece: see `createSealer`. */
  readonly seal: string | null;
};

export type StoredVersion = {
  readonly versionId: string;
  readonly sequence: number;
  readonly ownerId: string;
  readonly lastModifiedMs: number;
  /** Of the current version: how many noncurrent ones the key has. */
  readonly olderCount: number;
  /** Of the current version: the sequence of the noncurrent `null` version, 0 when there is none. */
  readonly olderNull: number;
  /** Undefined for a delete marker. */
  readonly object: StoredObject | undefined;
};

export type StoredPart = {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: ChecksumRow;
  readonly blob: BlobRef | null;
  /** Null unless its bytes are encrypted. */
  readonly seal: string | null;
};

export function encodeBucket(bucket: BucketState): BucketRow {
  const { id, ownerId, createdAtMs, versioning, objects, versions, sizeBytes, durability, quota } = bucket;
  const state = versioning === undefined ? 0 : versioning === "Enabled" ? 1 : 2;
  return [
    layout,
    id,
    ownerId,
    createdAtMs,
    state,
    objects,
    versions,
    sizeBytes,
    durability === "relaxed" ? 1 : 0,
    bucket.configurationRevision,
    quota === undefined ? null : [quota.maxSizeBytes ?? null, quota.maxVersions ?? null],
    bucket.hasObjectLock ? 1 : 0,
  ];
}

export function decodeBucket(name: string, row: BucketRow): BucketState {
  const [, id, ownerId, createdAtMs, state, objects, versions, sizeBytes, relaxed, revision, limits, lock] = row;
  return {
    name,
    id,
    ownerId,
    createdAtMs,
    versioning: ([undefined, "Enabled", "Suspended"] as const)[state],
    durability: relaxed === 1 ? "relaxed" : "strict",
    objects,
    versions,
    sizeBytes,
    configurationRevision: revision,
    quota: limits === null ? undefined : decodeQuota(limits),
    hasObjectLock: lock === 1,
  };
}

function decodeQuota([maxSizeBytes, maxVersions]: NonNullable<BucketRow[10]>): BucketQuota {
  return { ...(maxSizeBytes !== null && { maxSizeBytes }), ...(maxVersions !== null && { maxVersions }) };
}

export function encodeVersion(version: StoredVersion): VersionRow {
  const { versionId, sequence, ownerId, lastModifiedMs, olderCount, olderNull, object } = version;
  if (object === undefined) return [layout, versionId, sequence, ownerId, lastModifiedMs, olderCount, olderNull];
  const row = [
    layout,
    versionId,
    sequence,
    ownerId,
    lastModifiedMs,
    olderCount,
    olderNull,
    object.sizeBytes,
    object.etag,
    object.blob,
    object.headers,
    object.user,
    object.checksum,
    object.partsCount,
    object.uploadId,
  ] as const;
  if (object.encryption !== null) return [...row, object.attributes, [object.encryption, object.seal]];
  return object.attributes === null ? row : [...row, object.attributes];
}

export function decodeVersion(row: VersionRow): StoredVersion {
  return {
    versionId: row[1],
    sequence: row[2],
    ownerId: row[3],
    lastModifiedMs: row[4],
    olderCount: row[5],
    olderNull: row[6],
    object:
      row.length === 7
        ? undefined
        : {
            sizeBytes: row[7],
            etag: row[8],
            blob: row[9],
            headers: row[10],
            user: row[11],
            checksum: row[12],
            partsCount: row[13],
            uploadId: row[14],
            attributes: row.length === 15 ? null : row[15],
            encryption: row.length === 17 ? row[16][0] : null,
            seal: row.length === 17 ? row[16][1] : null,
          },
  };
}

export function encodeMetadata({ headers, user }: ObjectMetadata): { headers: Pairs; user: Pairs } {
  return { headers: encodePairs(headers), user: encodePairs(user) };
}

function encodePairs(values: Readonly<Record<string, string>>): Pairs {
  const pairs: string[] = [];
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) pairs.push(name, value);
  }
  return pairs;
}

export function encodeChecksum(checksum: StoredChecksum | undefined): ChecksumRow {
  return checksum === undefined ? null : [checksum.algorithm, checksum.type, checksum.value];
}

export function encodeUpload(upload: Upload): UploadRow {
  const { headers, user } = encodeMetadata(upload.metadata);
  const { ownerId, initiatedAt, checksumAlgorithm = null, checksumType = null } = upload;
  const attributes = encodeAttributes(upload.attributes);
  const row = [
    layout,
    ownerId,
    initiatedAt.getTime(),
    headers,
    user,
    checksumAlgorithm,
    checksumType,
    attributes,
  ] as const;
  return upload.encryption === undefined ? row : [...row, upload.encryption];
}

export function encodeAttributes(attributes: VersionAttributes | undefined): AttributesRow | null {
  if (attributes === undefined) return null;
  const { tags, acl = null, retention, legalHold, replication = null } = attributes;
  return [
    tags === undefined ? null : encodePairs(tags),
    acl,
    retention === undefined ? null : [retention.mode === "COMPLIANCE" ? 1 : 0, retention.retainUntil.getTime()],
    legalHold === undefined ? null : legalHold ? 1 : 0,
    replication,
  ];
}

export function encodePart(part: StoredPart, lastModifiedMs: number): PartRow {
  const row = [layout, part.sizeBytes, part.etag, lastModifiedMs, part.checksum, part.blob] as const;
  return part.seal === null ? row : [...row, part.seal];
}

export function decodePart(partNumber: number, row: PartRow): StoredPart {
  const [, sizeBytes, etag, , checksum, blob, seal] = row;
  return { partNumber, sizeBytes, etag, checksum, blob, seal: seal ?? null };
}

export function encodeManifest(parts: readonly StoredPart[]): ManifestRow {
  return [
    layout,
    parts.map(({ partNumber, sizeBytes, etag, checksum, blob, seal }) => {
      const part = [partNumber, sizeBytes, etag, checksum, blob] as const;
      return seal === null ? part : [...part, seal];
    }),
  ];
}

export function decodeManifest([, parts]: ManifestRow): StoredPart[] {
  return parts.map(([partNumber, sizeBytes, etag, checksum, blob, seal]) => ({
    partNumber,
    sizeBytes,
    etag,
    checksum,
    blob,
    seal: seal ?? null,
  }));
}

/** Everything of a message but its queue and sequence, which are its key. */
export type StoredMessage = Omit<Message, "queue" | "sequence">;

export function encodeMessage({ group, text, attempts, dueAt, failure }: StoredMessage): MessageRow {
  return [layout, group, text, attempts, dueAt.getTime(), failure ?? null];
}

export function decodeMessage([, group, text, attempts, dueAtMs, failure]: MessageRow): StoredMessage {
  return { group, text, attempts, dueAt: new Date(dueAtMs), ...(failure !== null && { failure }) };
}

export type QueueState = { waiting: number; dead: number; dropped: number };

export function encodeQueue({ waiting, dead, dropped }: QueueState): QueueRow {
  return [layout, waiting, dead, dropped];
}

export function decodeQueue([, waiting, dead, dropped]: QueueRow): QueueState {
  return { waiting, dead, dropped };
}

export type SegmentState = { readonly liveBytes: number; readonly completedAt: number };

export function encodeSegment({ liveBytes, completedAt }: SegmentState): SegmentRow {
  return [layout, liveBytes, completedAt];
}

export function decodeSegment([, liveBytes, completedAt]: SegmentRow): SegmentState {
  return { liveBytes, completedAt };
}
