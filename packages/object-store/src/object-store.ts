/** Where an object lives. Keys are any UTF-8 text of 1 to 1,024 bytes without NUL, compared by their bytes and never normalised. */
export type ObjectAddress = { readonly bucket: string; readonly key: string };

/** One multipart upload. An upload id is valid for its bucket and key only. */
export type UploadAddress = ObjectAddress & { readonly uploadId: string };

export type BucketVersioning = "Enabled" | "Suspended";

/**
 * `strict`: a write that has resolved is on the disk. `relaxed`: it is with the operating system, and on the disk within a
 * second or so; a power cut may take it back, whole, and a crash of the process does not.
 */
export type BucketDurability = "strict" | "relaxed";

/** What a bucket may hold at most. Counted as in {@link BucketUsage}: every version, and no part of an unfinished upload. */
export type BucketQuota = {
  /** Of all versions together. */
  readonly maxSizeBytes?: number;
  readonly maxVersions?: number;
};

export type Bucket = {
  readonly name: string;
  readonly ownerId: string;
  readonly createdAt: Date;
  /** Absent until versioning is first set; there is no way back to absent. */
  readonly versioning?: BucketVersioning;
  readonly durability: BucketDurability;
  /** Grows with every change of the bucket's configurations: for caches of them. 0 while there never was one. */
  readonly configurationRevision: number;
  readonly quota?: BucketQuota;
  /** Versions in it can be locked against removal; there is no way back. */
  readonly hasObjectLock: boolean;
};

/** What callers keep with a bucket, each by its name: texts that the store does not read. */
export type BucketConfigurations = { readonly revision: number; readonly documents: ReadonlyMap<string, string> };

/** Exact totals of one bucket. They change in the transaction that changes what they count. */
export type BucketUsage = {
  /** Keys whose current version is an object. */
  readonly objects: number;
  /** Object versions, current and noncurrent, without delete markers. */
  readonly versions: number;
  /** Bytes of all object versions; parts of unfinished uploads are not counted. */
  readonly sizeBytes: number;
};

/** An additional checksum of an object or a part: base64, with `-N` after it when `COMPOSITE`. */
export type StoredChecksum = {
  readonly algorithm: string;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
  readonly value: string;
};

/** What a client says about an object; the store keeps it and gives it back without reading it. */
export type ObjectMetadata = {
  /** Standard headers by lower-case name: `content-type`, `cache-control`, ... */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata by lower-case name, without `x-amz-meta-`. */
  readonly user: Readonly<Record<string, string>>;
};

/** How the bytes of a write are encrypted on their way to the disk: see README, "Encryption". */
export type BodyEncryption = {
  /** 32 random bytes, of this object alone. The store does not keep it, and cannot read the bytes without it. */
  readonly key: Uint8Array;
  /** The etag tells nothing about the bytes, instead of being their MD5. @default false */
  readonly hidesMd5?: boolean;
};

export type ObjectEncryption = BodyEncryption & {
  /** Kept with the object and given back as {@link ObjectVersion.encryption}: where its reader finds the key. */
  readonly description: string;
};

/** Until then nobody removes the version; with `GOVERNANCE`, unless they insist. */
export type Retention = { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly retainUntil: Date };

/** What belongs to a version and may be said after it was written. Texts are the caller's; the store does not read them. */
export type VersionAttributes = {
  /** In the order given. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly acl?: string;
  readonly retention?: Retention;
  /** While true, nobody removes the version. */
  readonly legalHold?: boolean;
  readonly replication?: string;
};

/** Null takes an attribute away; what is absent stays. */
export type AttributesChange = { readonly [A in keyof VersionAttributes]: VersionAttributes[A] | null };

type VersionCommon = {
  readonly key: string;
  /** `"null"` when written while versioning was not enabled. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly ownerId: string;
  /** Time of the commit, whole milliseconds. */
  readonly lastModified: Date;
};

/** One version of an object, without its bytes. */
export type ObjectVersion = VersionCommon & {
  readonly isDeleteMarker: false;
  readonly sizeBytes: number;
  /** Without quotes: hex MD5 of the bytes (but see `hidesMd5`), or `md5-of-part-etags` + `-N` for a multipart object. */
  readonly etag: string;
  readonly metadata: ObjectMetadata;
  readonly checksum?: StoredChecksum;
  /** Number of parts of a multipart object; absent for others. */
  readonly partsCount?: number;
  /** Absent while nothing is said. */
  readonly attributes?: VersionAttributes;
  /** The `description` it was written with; absent when its bytes are not encrypted. */
  readonly encryption?: string;
};

export type DeleteMarker = VersionCommon & { readonly isDeleteMarker: true };

/**
 * Bytes for the store: all at once, which is cheaper for small ones, or as they come. Nothing is kept unless the iteration
 * ends without throwing.
 *
 * The store has finished with a chunk when it asks for the next one, so a source may reuse its buffer; bytes given all at
 * once must not change until the write has ended.
 */
export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Decided inside the commit, against the current version only. What cannot succeed is refused before the body is read as
 * well, to spare its sender. Etags are without quotes.
 */
export type WriteConditions = {
  /** `"*"`: any object must exist. No current object is `NoSuchKey`; another etag is `PreconditionFailed`. */
  readonly ifMatch?: string;
  /** `"*"`: no object may exist. An object with this etag is `PreconditionFailed`; a delete marker counts as absent. */
  readonly ifNoneMatch?: string;
};

/** A change of what a bucket holds, as it is committed. */
export type VersionChange = {
  /** Of `attributes`, `version` is the version as it is now. */
  readonly kind: "added" | "removed" | "attributes";
  readonly bucket: string;
  readonly version: ObjectVersion | DeleteMarker;
};

/** Something that somebody outside of the store has to be told, or has to do. */
export type NewMessage = {
  /** Who: 1 to 100 bytes without NUL. */
  readonly queue: string;
  /** Messages of one group are to be handled in their order; a key, say. */
  readonly group: string;
  /** The caller's; the store does not read it. */
  readonly text: string;
};

/**
 * Asked inside the commit, for messages that become durable with the change. It must be quick and must not throw; it is asked
 * again when the commit is tried again.
 */
export type OnChange = (change: VersionChange) => readonly NewMessage[];

/** What is said about a message when it was tried. */
export type MessageTrial = {
  /** How often it was tried in vain. */
  readonly attempts: number;
  /** Not to be tried before. */
  readonly dueAt: Date;
  /** Why the last attempt failed. */
  readonly failure?: string;
};

export type Message = NewMessage &
  MessageTrial & {
    /** Grows with every change that has messages, in all queues: those of one change to different queues share it. */
    readonly sequence: number;
  };

/** `dead`: given up, and kept for people to look at. */
export type MessageState = "waiting" | "dead";

export type MessageChange = { readonly sequence: number } & (
  | { readonly to: "done" }
  | ({ readonly to: MessageState } & MessageTrial)
);

export type MessageQueue = {
  readonly name: string;
  readonly waiting: number;
  readonly dead: number;
  /** Messages that found the queue full, ever: they are lost. */
  readonly dropped: number;
};

export type PutObjectInput = {
  readonly ownerId: string;
  readonly metadata: ObjectMetadata;
  readonly attributes?: VersionAttributes;
  readonly conditions?: WriteConditions;
  /** How much will come, if that is known: what would exceed the quota is then refused before it is read. */
  readonly declaredSizeBytes?: number | undefined;
  /** Hex MD5 the bytes must have, else `BadDigest`. */
  readonly contentMd5?: string | undefined;
  /** Asked once, after the last chunk and before the commit: trailing checksums are known only then. */
  readonly checksum?: () => StoredChecksum | undefined;
  readonly onChange?: OnChange;
  readonly encryption?: ObjectEncryption;
};

/** How many bytes, and their checksum if there is one. */
export type ChecksummedSize = { readonly sizeBytes: number; readonly checksum: StoredChecksum | undefined };

/** With an offset of 0 all of it is of the new object; else the object keeps what was said when it was made. */
export type AppendObjectInput = PutObjectInput & {
  /** What the size of the object must be, 0 also where there is none. */
  readonly offsetBytes: number;
  /** The checksum of an object and the bytes behind it, asked in the commit; without it the longer object has none. */
  readonly combineChecksums?: (object: ChecksummedSize, added: ChecksummedSize) => StoredChecksum | undefined;
};

export type RenameObjectInput = {
  /** In the same bucket. */
  readonly sourceKey: string;
  readonly sourceConditions?: WriteConditions;
  /** Of the destination, which is replaced by default. */
  readonly conditions?: WriteConditions;
  /** Asked for the source, which is removed, and for the destination, which is added. */
  readonly onChange?: OnChange;
};

export type CopyObjectInput = Pick<PutObjectInput, "ownerId" | "metadata" | "attributes" | "conditions" | "onChange">;

/** First and last byte, both included. */
export type ByteRange = { readonly first: number; readonly last: number };

export type OpenObjectOptions = {
  /** Asked once for the key of an encrypted object, before its bytes are looked at; what it throws comes out as it is. */
  readonly keyOf?: (version: ObjectVersion) => Uint8Array;
};

/** One version held open: its bytes stay readable until `close`, even when it is overwritten or deleted meanwhile. */
export interface OpenObject {
  readonly version: ObjectVersion;
  /** All bytes, verified, when the object is so small that opening it has read it. Valid until `close`. */
  readonly bytes?: Uint8Array;
  /**
   * The bytes, all of them by default. A chunk is overwritten when the next one is asked for. Fails with `InternalError`
   * when the stored bytes are not what was written.
   */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Where part `partNumber` (as uploaded) lies in a multipart object, and its checksum; undefined when there is none. */
  part(partNumber: number): Promise<OpenObjectPart | undefined>;
  /** The parts of a multipart object by number, as uploaded; of others there are none. */
  listParts(query: ListPartsQuery): Promise<ObjectPartsPage>;
  /** Must be called once, also after an error. */
  close(): Promise<void>;
}

export type ObjectPart = {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly checksum?: StoredChecksum;
};

export type ObjectPartsPage = { readonly parts: readonly ObjectPart[]; readonly isTruncated: boolean };

export type OpenObjectPart = { readonly range: ByteRange | undefined; readonly checksum?: StoredChecksum };

/** Decided inside the commit, against the current version only, also when another one is removed. */
export type DeleteConditions = {
  /** `"*"`: any object must exist. No version is `NoSuchKey`; a delete marker or another etag is `PreconditionFailed`. */
  readonly ifMatch?: string;
  /** Compared in whole seconds. Another time is `PreconditionFailed`; without a version there is nothing to compare. */
  readonly ifLastModified?: Date;
  /** Another size, or a delete marker, is `PreconditionFailed`; without a version there is nothing to compare. */
  readonly ifSizeBytes?: number;
};

export type DeleteObjectInput = DeleteConditions & {
  readonly versionId?: string;
  /**
   * The version as it was read: unless that is still the one to be removed, or the current one to be covered by a marker, with
   * the same tags, and current or not as it was then, it is `PreconditionFailed`. Decided inside the commit.
   */
  readonly ifUnchanged?: ObjectVersion | DeleteMarker;
  /** Removes a version whose retention is `GOVERNANCE`, too. */
  readonly bypassesGovernance?: boolean;
  /** Not asked when there was nothing to delete. */
  readonly onChange?: OnChange;
};

export type PutAttributesInput = AttributesChange & {
  readonly versionId?: string;
  /** Shortens or takes away a retention that is `GOVERNANCE`, too. */
  readonly bypassesGovernance?: boolean;
  readonly onChange?: OnChange;
};

export type DeletedObject = {
  /** The version that was removed, or the delete marker that was added; absent on a bucket that never had versioning. */
  readonly versionId?: string;
  /** True when a delete marker was added, or when the version that was removed was one. */
  readonly isDeleteMarker: boolean;
};

export type ListObjectsQuery = {
  readonly prefix?: string;
  /** Any non-empty text. */
  readonly delimiter?: string;
  /** Only names greater than this one. When it lies at or under a common prefix that ends with the delimiter, that prefix is not listed again. */
  readonly after?: string;
  /** Objects plus common prefixes, 0 to 1,000. */
  readonly maxKeys: number;
};

export type ListObjectsPage = {
  /** By UTF-8 bytes of the key. */
  readonly objects: readonly ObjectVersion[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** The last name of this page, object or common prefix, as `after` for the next one; present when truncated. */
  readonly nextAfter?: string;
};

export type ListVersionsQuery = {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly keyMarker?: string;
  /** Continue after this version of `keyMarker`; without it, after all versions of `keyMarker`. */
  readonly versionIdMarker?: string;
  readonly maxKeys: number;
};

export type ListVersionsPage = {
  /** By key, then newest first. */
  readonly versions: readonly (ObjectVersion | DeleteMarker)[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  readonly nextKeyMarker?: string;
  /** Absent when the page ended with a common prefix. */
  readonly nextVersionIdMarker?: string;
};

export type Upload = UploadAddress & {
  readonly ownerId: string;
  readonly initiatedAt: Date;
  readonly metadata: ObjectMetadata;
  /** Of the object that it becomes. */
  readonly attributes?: VersionAttributes;
  readonly checksumAlgorithm?: string;
  readonly checksumType?: StoredChecksum["type"];
  /** The `description` of the encryption of the object; every part must come with the key then. */
  readonly encryption?: string;
};

export type CreateUploadInput = Pick<
  Upload,
  "ownerId" | "metadata" | "attributes" | "checksumAlgorithm" | "checksumType" | "encryption"
>;

export type PutPartInput = Pick<PutObjectInput, "contentMd5" | "checksum" | "declaredSizeBytes"> & {
  /** 1 to 10,000. */
  readonly partNumber: number;
  /** With the key of the whole object, when the upload has an encryption, and only then. */
  readonly encryption?: BodyEncryption;
};

export type Part = {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModified: Date;
  readonly checksum?: StoredChecksum;
};

export type ListPartsQuery = {
  /** Only part numbers above this one. */
  readonly afterPartNumber?: number;
  readonly maxParts: number;
};

export type ListPartsPage = {
  readonly parts: readonly Part[];
  readonly isTruncated: boolean;
  /** The last part of this page; present when truncated. */
  readonly nextPartNumber?: number;
};

export type CompleteUploadInput = {
  /** What is said now, besides what was said when the upload was created. */
  readonly attributes?: VersionAttributes;
  /** Strictly ascending, else `InvalidPartOrder`. Parts that are not listed are dropped. Etags without quotes. */
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[];
  readonly conditions?: WriteConditions;
  /** The checksum of the whole object, already verified by the caller. */
  readonly checksum?: StoredChecksum;
  /** Not asked when the upload was completed before. */
  readonly onChange?: OnChange;
};

export type ListUploadsQuery = {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly keyMarker?: string;
  /** Ignored without `keyMarker`. */
  readonly uploadIdMarker?: string;
  readonly maxUploads: number;
};

export type ListUploadsPage = {
  /** By key, then time of initiation. */
  readonly uploads: readonly Upload[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  readonly nextKeyMarker?: string;
  readonly nextUploadIdMarker?: string;
};

/**
 * Buckets, object versions and multipart uploads, with the rules of Amazon S3 and without its protocol.
 *
 * A write that has resolved is durable (see {@link BucketDurability}), and every read that starts afterwards, in any process on the same data, sees it.
 * A write that has thrown has changed nothing. Methods throw a {@link StoreError}; every method that takes a bucket
 * throws `NoSuchBucket` unless it says otherwise.
 */
export interface ObjectStore {
  /** Throws `BucketAlreadyExists`, or `BucketAlreadyOwnedByYou` when the owner is the same. Of concurrent creators one wins. */
  createBucket(input: {
    readonly name: string;
    readonly ownerId: string;
    /** Turns versioning on, for good. */
    readonly hasObjectLock?: boolean;
  }): Promise<Bucket>;
  /** Undefined when there is no such bucket. */
  readBucket(name: string): Promise<Bucket | undefined>;
  /** Aborts unfinished uploads. Throws `BucketNotEmpty` while any version or delete marker is left. */
  deleteBucket(name: string): Promise<void>;
  /** By name. `after` is exclusive. */
  listBuckets(query: {
    readonly ownerId?: string;
    readonly prefix?: string;
    readonly after?: string;
    readonly maxBuckets: number;
  }): Promise<{ readonly buckets: readonly Bucket[]; readonly isTruncated: boolean }>;
  /** Throws `InvalidBucketState` when versions in the bucket can be locked: it cannot be suspended then. */
  putBucketVersioning(name: string, versioning: BucketVersioning): Promise<void>;
  /** Throws `InvalidBucketState` unless versioning is enabled. */
  enableObjectLock(name: string): Promise<void>;
  /** For what is written from now on. Going back to `strict` makes durable what was written before, too. */
  putBucketDurability(name: string, durability: BucketDurability): Promise<void>;
  /** From now on; a bucket that holds more keeps it and takes no more. Undefined: without limits. */
  putBucketQuota(name: string, quota: BucketQuota | undefined): Promise<void>;
  readBucketConfigurations(name: string): Promise<BucketConfigurations>;
  /** Undefined removes it. Names are 1 to 100 bytes, texts up to 1 MiB. */
  putBucketConfiguration(name: string, configuration: string, document: string | undefined): Promise<void>;
  bucketUsage(name: string): Promise<BucketUsage>;

  /**
   * Throws `BadDigest`, `PreconditionFailed`, `NoSuchKey` (for `ifMatch`), `QuotaExceeded`, `InsufficientStorage`, and whatever
   * the body threw.
   */
  putObject(address: ObjectAddress, body: ObjectBody, input: PutObjectInput): Promise<ObjectVersion>;
  /** The current version, or the named one; a delete marker is returned as such; undefined when there is none. */
  headObject(address: ObjectAddress, versionId?: string): Promise<ObjectVersion | DeleteMarker | undefined>;
  /** As `headObject`, with the bytes held open when it is an object. Without its key those of an encrypted one cannot be read. */
  openObject(
    address: ObjectAddress,
    versionId?: string,
    options?: OpenObjectOptions,
  ): Promise<OpenObject | DeleteMarker | undefined>;
  /**
   * A new object that shares the bytes of `source` and keeps its etag, checksum, parts and encryption, for which no key is
   * needed. `source` stays open.
   */
  copyObject(source: OpenObject, destination: ObjectAddress, input: CopyObjectInput): Promise<ObjectVersion>;
  /**
   * Adds bytes to the end of an object, of which there must be `offsetBytes`: of concurrent ones one wins. Who reads the object goes
   * on with the bytes there were. The etag is that of a multipart object, except while the object is small.
   *
   * Throws `InvalidWriteOffset`, `InvalidBucketState` when the bucket has or had versioning, `TooManyParts` (10,000), and what
   * `putObject` throws.
   */
  appendObject(address: ObjectAddress, body: ObjectBody, input: AppendObjectInput): Promise<ObjectVersion>;
  /**
   * Gives an object another key of its bucket, in one step, with all that is said about it and its time of modification.
   *
   * Throws `NoSuchKey`, `PreconditionFailed`, and `InvalidBucketState` when the bucket has or had versioning.
   */
  renameObject(destination: ObjectAddress, input: RenameObjectInput): Promise<ObjectVersion>;
  /**
   * Changes what is said about the current version, or the named one. Throws `NoSuchKey` when there is none or it is a delete
   * marker, and `ObjectLocked` for what a retention does not allow.
   */
  putObjectAttributes(address: ObjectAddress, input: PutAttributesInput): Promise<ObjectVersion>;
  /**
   * Resolves for absent keys too, but with `ifMatch`. Throws `PreconditionFailed`, `NoSuchKey`, and
   * `ObjectLocked` for a version that is retained or held.
   */
  deleteObject(address: ObjectAddress, input?: DeleteObjectInput): Promise<DeletedObject>;
  listObjects(bucket: string, query: ListObjectsQuery): Promise<ListObjectsPage>;
  listVersions(bucket: string, query: ListVersionsQuery): Promise<ListVersionsPage>;

  createUpload(address: ObjectAddress, input: CreateUploadInput): Promise<Upload>;
  /** Undefined when unknown, completed or aborted, or of another bucket or key. */
  readUpload(upload: UploadAddress): Promise<Upload | undefined>;
  /**
   * Replaces a part of the same number. Throws `NoSuchUpload`, also when the upload ended while the body was read, `BadDigest`,
   * and `QuotaExceeded` when the part alone would exceed it.
   */
  putPart(upload: UploadAddress, body: ObjectBody, input: PutPartInput): Promise<Part>;
  /** By part number. Throws `NoSuchUpload`. */
  listParts(upload: UploadAddress, query: ListPartsQuery): Promise<ListPartsPage>;
  /**
   * Makes the listed parts one object without copying bytes. Throws `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`,
   * `EntityTooSmall` (a part but the last below 5 MiB), `PreconditionFailed`, `NoSuchKey`, `QuotaExceeded`.
   *
   * Completing again, with the same parts, while the object is still the current version answers with that object:
   * clients repeat a request whose answer was lost.
   */
  completeUpload(upload: UploadAddress, input: CompleteUploadInput): Promise<ObjectVersion>;
  /** Throws `NoSuchUpload`. */
  abortUpload(upload: UploadAddress): Promise<void>;
  listUploads(bucket: string, query: ListUploadsQuery): Promise<ListUploadsPage>;

  /** Queues that ever had a message, by name. */
  listQueues(): Promise<readonly MessageQueue[]>;
  /** In the order of their changes; only sequences above `after`. */
  readMessages(
    queue: string,
    query: { readonly state: MessageState; readonly after?: number; readonly limit: number },
  ): Promise<readonly Message[]>;
  /**
   * Says what has become of messages, in one commit; one that is not there is passed over. A power cut may take it back: a
   * message is handled at least once.
   */
  changeMessages(queue: string, changes: readonly MessageChange[]): Promise<void>;

  /** Waits for what is under way, then lets go of everything. Idempotent. */
  close(): Promise<void>;
}
