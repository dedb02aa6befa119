import { createHash } from "node:crypto";
import { checkDigest } from "../check-digest.ts";
import { checkKey } from "../check-key.ts";
import { checkPartEncryption } from "../check-part-encryption.ts";
import { etagOf } from "../keyed-etag.ts";
import { pageOfParts } from "../object-parts.ts";
import type {
  Bucket,
  ByteRange,
  ObjectBody,
  ObjectPart,
  ObjectStore,
  OpenObject,
  Part,
  PutPartInput,
  StoredChecksum,
  Upload,
} from "../object-store.ts";
import { createIdSource, nextSequence } from "../ordered-id.ts";
import { checkOwnerQuota, checkQuota, type Growth } from "../quota.ts";
import { bucketExists, bucketNotEmpty, lockNeedsVersioning, noSuchBucket, versioningIsLocked } from "../refusals.ts";
import { StoreError } from "../store-error.ts";
import { checkWriteConditions } from "../write-conditions.ts";
import { appendTo, checkAppend, renameTo } from "./memory-append.ts";
import {
  addObject,
  checkGrowth,
  deleteVersion,
  findVersion,
  type MemoryBucket,
  type MemoryPart,
  type MemoryVersion,
  putAttributes,
  usageOf,
} from "./memory-bucket.ts";
import { compareUtf8, listObjects, listUploads, listVersions, show } from "./memory-listing.ts";
import { createMemoryMessages } from "./memory-messages.ts";
import { completeUpload, findUpload, listParts, requireUpload } from "./memory-uploads.ts";

export type MemoryStoreOptions = {
  /** @default the system clock */
  readonly now?: () => Date;
  /** @default 1000000 */
  readonly maxQueueMessages?: number;
  /** As of the embedded store. @default nobody has a limit */
  readonly ownerQuota?: (ownerId: string) => number | undefined;
};

/**
 * A store that forgets: everything is in memory, whole bodies included. For tests, and as the model other stores are
 * compared with.
 *
 * @example
 * const store = createMemoryStore();
 * await store.createBucket({ name: "photos", ownerId: "me" });
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): ObjectStore {
  const { now = () => new Date(), maxQueueMessages = 1_000_000, ownerQuota = () => undefined } = options;
  const buckets = new Map<string, MemoryBucket>();
  const { tell, ...messages } = createMemoryMessages(maxQueueMessages);
  const checkOwner = ({ info: { name, ownerId } }: MemoryBucket, growth: Growth): void => {
    const maxSizeBytes = ownerQuota(ownerId);
    if (maxSizeBytes === undefined) return;
    const owned = [...buckets.values()].filter(({ info }) => info.ownerId === ownerId);
    const usedBytes = owned.reduce((sum, bucket) => sum + usageOf(bucket).sizeBytes, 0);
    checkOwnerQuota({ name }, { maxSizeBytes, usedBytes }, growth);
  };
  const stamps = { now, ids: createIdSource(), tell, checkOwner };
  const opened = new WeakMap<OpenObject, MemoryVersion>();
  let newestUpload = 0;

  const requireBucket = (name: string): MemoryBucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw noSuchBucket(name);
    return bucket;
  };

  return {
    async createBucket({ name, ownerId, hasObjectLock = false }) {
      const existing = buckets.get(name);
      if (existing !== undefined) throw bucketExists(existing.info, ownerId);
      const info: Bucket = {
        name,
        ownerId,
        createdAt: now(),
        durability: "strict",
        configurationRevision: 0,
        hasObjectLock,
        ...(hasObjectLock && { versioning: "Enabled" }),
      };
      buckets.set(name, { info, keys: new Map(), uploads: new Map(), configurations: new Map() });
      return info;
    },
    async readBucket(name) {
      return buckets.get(name)?.info;
    },
    async deleteBucket(name) {
      if (requireBucket(name).keys.size > 0) throw bucketNotEmpty(name);
      buckets.delete(name);
    },
    async listBuckets({ ownerId, prefix = "", after = "", maxBuckets }) {
      const found = [...buckets.values()]
        .map(({ info }) => info)
        .filter((info) => info.name.startsWith(prefix) && (ownerId === undefined || info.ownerId === ownerId))
        .filter(({ name }) => compareUtf8(name, after) > 0)
        .sort((a, b) => compareUtf8(a.name, b.name));
      return { buckets: found.slice(0, maxBuckets), isTruncated: maxBuckets > 0 && found.length > maxBuckets };
    },
    async putBucketVersioning(name, versioning) {
      const bucket = requireBucket(name);
      if (bucket.info.hasObjectLock && versioning !== "Enabled") throw versioningIsLocked(name);
      bucket.info = { ...bucket.info, versioning };
    },
    async enableObjectLock(name) {
      const bucket = requireBucket(name);
      if (bucket.info.versioning !== "Enabled") throw lockNeedsVersioning(name);
      bucket.info = { ...bucket.info, hasObjectLock: true };
    },
    async putBucketDurability(name, durability) {
      const bucket = requireBucket(name);
      bucket.info = { ...bucket.info, durability };
    },
    async putBucketQuota(name, quota) {
      const bucket = requireBucket(name);
      const { quota: _, ...info } = bucket.info;
      bucket.info = { ...info, ...(quota && { quota }) };
    },
    async readBucketConfigurations(name) {
      const { info, configurations } = requireBucket(name);
      return { revision: info.configurationRevision, documents: new Map(configurations) };
    },
    async putBucketConfiguration(name, configuration, document) {
      const { info, configurations } = requireBucket(name);
      if (document === undefined && !configurations.has(configuration)) return;
      if (document === undefined) configurations.delete(configuration);
      else configurations.set(configuration, document);
      requireBucket(name).info = { ...info, configurationRevision: info.configurationRevision + 1 };
    },
    async bucketUsage(name) {
      return usageOf(requireBucket(name));
    },

    async putObject({ bucket, key }, body, input) {
      const {
        ownerId,
        metadata,
        attributes,
        conditions,
        contentMd5,
        checksum,
        encryption,
        declaredSizeBytes = 0,
        onChange,
      } = input;
      checkKey(key);
      // As in every store: refused before the body is read, and decided again when it is complete.
      checkWriteConditions(key, findVersion(requireBucket(bucket), key)?.version, conditions);
      checkGrowth(requireBucket(bucket), key, declaredSizeBytes, stamps);
      const read = await readBody(body, {
        ...(contentMd5 !== undefined && { contentMd5 }),
        ...(checksum && { checksum }),
        ...(encryption && { encryption }),
      });
      const described = encryption && { encryption: encryption.description };
      const draft = { ownerId, metadata, ...(attributes && { attributes }), ...read, ...described };
      const version = addObject(requireBucket(bucket), key, draft, stamps, conditions);
      tell(onChange, { kind: "added", bucket, version });
      return version;
    },
    async headObject({ bucket, key }, versionId) {
      checkKey(key);
      const home = requireBucket(bucket);
      const stored = findVersion(home, key, versionId);
      return stored && show(stored, home.keys.get(key)?.indexOf(stored) ?? 0);
    },
    async openObject(address, versionId, { keyOf } = {}) {
      const version = await this.headObject(address, versionId);
      const stored = findVersion(requireBucket(address.bucket), address.key, versionId);
      if (version === undefined || version.isDeleteMarker || stored === undefined) {
        return version?.isDeleteMarker ? version : undefined;
      }
      const { bytes, parts } = stored;
      const key = version.encryption === undefined ? undefined : keyOf?.(version);
      if (key !== undefined && bytes.length > 0 && stored.keyDigest !== digestOf(key)) {
        throw new StoreError("ObjectDamaged", "The key is not that of the object");
      }
      const isReadable = version.encryption === undefined || key !== undefined || bytes.length === 0;
      const open: OpenObject = {
        version,
        ...(bytes.length <= smallBytes && isReadable && { bytes }),
        read: (range) => slices(isReadable ? bytes : withoutKey(), range),
        part: async (partNumber) => findPart(parts ?? [], partNumber),
        listParts: async (query) => pageOfParts(parts ?? [], query, showPart),
        close: async () => {},
      };
      opened.set(open, stored);
      return open;
    },
    async copyObject(source, { bucket, key }, { ownerId, metadata, attributes, conditions, onChange }) {
      checkKey(key);
      const stored = opened.get(source);
      if (stored === undefined) throw new TypeError("Expected `source` to be an object that this store has opened");
      const { etag, checksum, partsCount, encryption } = source.version;
      const version = addObject(
        requireBucket(bucket),
        key,
        {
          ownerId,
          metadata,
          etag,
          bytes: stored.bytes,
          ...(attributes && { attributes }),
          ...(checksum && { checksum }),
          ...(partsCount !== undefined && { partsCount }),
          ...(stored.parts && { parts: stored.parts }),
          ...(encryption !== undefined && { encryption }),
          ...(stored.keyDigest !== undefined && { keyDigest: stored.keyDigest }),
        },
        stamps,
        conditions,
      );
      tell(onChange, { kind: "added", bucket, version });
      return version;
    },
    async appendObject({ bucket, key }, body, input) {
      checkKey(key);
      checkAppend(requireBucket(bucket), key, input, stamps);
      const seen = findVersion(requireBucket(bucket), key);
      const added = await readBody(body, input);
      return appendTo(requireBucket(bucket), { key, seen }, added, { input, stamps });
    },
    async renameObject({ bucket, key }, input) {
      checkKey(key);
      checkKey(input.sourceKey);
      return renameTo(requireBucket(bucket), key, input, stamps);
    },
    async putObjectAttributes({ bucket, key }, input) {
      checkKey(key);
      return putAttributes(requireBucket(bucket), key, input, stamps);
    },
    async deleteObject({ bucket, key }, input = {}) {
      checkKey(key);
      return deleteVersion(requireBucket(bucket), { key }, input, stamps);
    },
    async listObjects(bucket, query) {
      return listObjects(requireBucket(bucket), query);
    },
    async listVersions(bucket, query) {
      return listVersions(requireBucket(bucket), query);
    },

    async createUpload({ bucket, key }, input) {
      checkKey(key);
      const { uploads } = requireBucket(bucket);
      const initiatedAt = now();
      newestUpload = nextSequence(initiatedAt, newestUpload);
      const upload: Upload = { bucket, key, uploadId: stamps.ids.uploadId(newestUpload), initiatedAt, ...input };
      uploads.set(upload.uploadId, { upload, parts: new Map() });
      return upload;
    },
    async readUpload(address) {
      return findUpload(requireBucket(address.bucket), address)?.upload;
    },
    async putPart(address, body, { partNumber, ...input }) {
      const home = requireBucket(address.bucket);
      checkPartEncryption({ encryption: requireUpload(home, address).upload.encryption }, input.encryption);
      checkQuota({ name: address.bucket, ...usageOf(home) }, home.info.quota, {
        versions: 1,
        sizeBytes: input.declaredSizeBytes ?? 0,
      });
      checkOwner(home, { versions: 1, sizeBytes: input.declaredSizeBytes ?? 0 });
      const { bytes, etag, checksum, ...read } = await readBody(body, input);
      const { parts } = requireUpload(requireBucket(address.bucket), address);
      const part: Part = {
        partNumber,
        etag,
        sizeBytes: bytes.length,
        lastModified: now(),
        ...(checksum && { checksum }),
      };
      parts.set(partNumber, { part, bytes, ...read });
      return part;
    },
    async listParts(address, query) {
      return listParts(requireUpload(requireBucket(address.bucket), address), query);
    },
    async completeUpload(address, input) {
      return completeUpload(requireBucket(address.bucket), address, input, stamps);
    },
    async abortUpload(address) {
      const bucket = requireBucket(address.bucket);
      bucket.uploads.delete(requireUpload(bucket, address).upload.uploadId);
    },
    async listUploads(bucket, query) {
      return listUploads(requireBucket(bucket), query);
    },

    ...messages,

    async close() {},
  };
}

/** Objects up to this size are handed out whole, as the embedded store does with what it keeps in segments. */
const smallBytes = 128 * 1024;

type ReadBody = {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly checksum?: StoredChecksum;
  readonly keyDigest?: string;
};

async function readBody(
  body: ObjectBody,
  { contentMd5, checksum: readChecksum, encryption }: Pick<PutPartInput, "contentMd5" | "checksum" | "encryption">,
): Promise<ReadBody> {
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : await collect(body);
  const md5 = createHash("md5").update(bytes).digest("hex");
  checkDigest(md5, contentMd5);
  const checksum = readChecksum?.();
  return {
    bytes,
    etag: etagOf(md5, encryption),
    ...(checksum && { checksum }),
    ...(encryption && { keyDigest: digestOf(encryption.key) }),
  };
}

function digestOf(key: Uint8Array): string {
  return createHash("sha256").update(key).digest("hex");
}

function withoutKey(): never {
  throw new TypeError("Expected `keyOf` to be given for the bytes of an encrypted object");
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk)); // copied: the source may reuse its buffer
  return Buffer.concat(chunks);
}

async function* slices(bytes: Uint8Array, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const sliceBytes = 256 * 1024;
  const end = range === undefined ? bytes.length : range.last + 1;
  for (let at = range?.first ?? 0; at < end; at += sliceBytes) {
    yield new Uint8Array(bytes.subarray(at, Math.min(at + sliceBytes, end)));
  }
}

function showPart({ partNumber, sizeBytes, checksum }: MemoryPart): ObjectPart {
  return { partNumber, sizeBytes, ...(checksum && { checksum }) };
}

function findPart(parts: NonNullable<MemoryVersion["parts"]>, partNumber: number) {
  let first = 0;
  for (const part of parts) {
    if (part.partNumber === partNumber) {
      const range = part.sizeBytes === 0 ? undefined : { first, last: first + part.sizeBytes - 1 };
      return { range, ...(part.checksum && { checksum: part.checksum }) };
    }
    first += part.sizeBytes;
  }
  return undefined;
}
