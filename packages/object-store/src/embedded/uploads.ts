import { isSameParts, multipartEtag, selectCompletedParts } from "../completed-parts.ts";
import type {
  CompleteUploadInput,
  CreateUploadInput,
  ListPartsPage,
  ListPartsQuery,
  ObjectAddress,
  ObjectVersion,
  Part,
  Upload,
  UploadAddress,
} from "../object-store.ts";
import { readUploadIdBytes } from "../ordered-id.ts";
import { noSuchUpload } from "../refusals.ts";
import { checkWriteConditions } from "../write-conditions.ts";
import { blobKey, type FileRef, isManifestRef, type ManifestRef } from "./blob-ref.ts";
import { addFile, releaseBlob } from "./blobs.ts";
import type { Step } from "./committer.ts";
import { uploadGarbageKey } from "./garbage-keys.ts";
import { partKey, partNumberOf, partRange, uploadKey } from "./index-keys.ts";
import { tell } from "./messages.ts";
import type { Tables } from "./open-index.ts";
import {
  type BucketState,
  decodeManifest,
  decodePart,
  encodeAttributes,
  encodeChecksum,
  encodeManifest,
  encodePart,
  encodeUpload,
  type StoredObject,
  type StoredPart,
  type StoredVersion,
  type UploadRow,
} from "./records.ts";
import { showAttributes, showObject, showPart, showUpload } from "./show-records.ts";
import type { Transaction } from "./transaction.ts";
import { addVersion, checkGrowth, findPlace, readCurrent, type Stamps } from "./versions.ts";

export type FoundUpload = { readonly key: Buffer; readonly idBytes: Buffer; readonly row: UploadRow };

/** An upload is found only under its own bucket and key. */
export function findUpload(index: Tables, bucketId: number, { key, uploadId }: UploadAddress): FoundUpload | undefined {
  const idBytes = readUploadIdBytes(uploadId);
  const indexKey = uploadKey(bucketId, key, uploadId);
  if (idBytes === undefined || indexKey === undefined) return undefined;
  const row = index.uploads.get(indexKey);
  return row && { key: indexKey, idBytes, row };
}

export function requireUpload(index: Tables, bucketId: number, address: UploadAddress): FoundUpload {
  const found = findUpload(index, bucketId, address);
  if (found === undefined) throw noSuchUpload(address);
  return found;
}

export function createUpload({ bucket, key }: ObjectAddress, input: CreateUploadInput, stamps: Stamps): Step<Upload> {
  return (transaction) => {
    const { id } = enterBucket(transaction, bucket);
    const initiatedAt = stamps.now();
    const uploadId = stamps.ids.uploadId(stamps.uploadSequence(initiatedAt));
    const upload: Upload = { ...input, bucket, key, uploadId, initiatedAt };
    const indexKey = uploadKey(id, key, upload.uploadId);
    if (indexKey !== undefined) transaction.index.uploads.put(indexKey, encodeUpload(upload));
    return upload;
  };
}

/** Parts are files of their own, however small: an object of many parts has one list of files, and no bytes to move. */
export function putPart(
  address: UploadAddress,
  part: Omit<StoredPart, "blob">,
  file: FileRef | undefined,
  { now }: Stamps,
): Step<Part> {
  return (transaction) => {
    const { index } = transaction;
    const { idBytes } = requireUpload(index, enterBucket(transaction, address.bucket).id, address);
    const key = partKey(idBytes, part.partNumber);
    const replaced = index.parts.get(key);
    if (replaced !== undefined) releaseBlob(transaction, decodePart(part.partNumber, replaced).blob);
    if (file !== undefined) addFile(transaction, file);
    const row = encodePart({ ...part, blob: file ?? null }, now().getTime());
    index.parts.put(key, row);
    return showPart(part.partNumber, row);
  };
}

export function listParts(index: Tables, idBytes: Buffer, query: ListPartsQuery): ListPartsPage {
  const { afterPartNumber = 0, maxParts } = query;
  const parts: Part[] = [];
  if (maxParts <= 0) return { parts, isTruncated: false };
  for (const { key, value } of index.parts.getRange(partRange(idBytes, afterPartNumber))) {
    const last = parts.at(-1);
    if (parts.length >= maxParts && last !== undefined) {
      return { parts, isTruncated: true, nextPartNumber: last.partNumber };
    }
    parts.push(showPart(partNumberOf(key), value));
  }
  return { parts, isTruncated: false };
}

/** `nextManifest` is where the list of parts goes. */
export function completeUpload(
  address: UploadAddress,
  input: CompleteUploadInput,
  nextManifest: () => ManifestRef,
  stamps: Stamps,
): Step<ObjectVersion> {
  return (transaction) => {
    const { index } = transaction;
    const bucket = transaction.bucket(address.bucket);
    const upload = findUpload(index, bucket.id, address);
    if (upload === undefined) return repeatedCompletion(index, bucket.id, address, input);

    const stored = readParts(index, upload.idBytes);
    const parts = selectCompletedParts(input.parts, stored);
    const place = findPlace(transaction, bucket, address.key);
    checkWriteConditions(address.key, shownConditions(place.current), input.conditions);

    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    checkGrowth(place, sizeBytes, transaction.owners);

    const manifest = nextManifest();
    index.manifests.put(blobKey(manifest), encodeManifest(parts));
    endUpload(transaction, upload, { stored, kept: new Set(parts.map(({ partNumber }) => partNumber)) });
    const [, ownerId, , headers, user, , , said, encryption = null] = upload.row;
    const attributes =
      input.attributes === undefined
        ? said
        : encodeAttributes({ ...(said !== null && showAttributes(said)), ...input.attributes });
    const object: StoredObject = {
      sizeBytes,
      etag: multipartEtag(parts),
      blob: manifest,
      headers,
      user,
      checksum: encodeChecksum(input.checksum),
      partsCount: parts.length,
      uploadId: address.uploadId,
      attributes,
      encryption,
      seal: null,
    };
    const added = addVersion(transaction, place, { ownerId, object }, stamps);
    const version = showObject(address.key, added, object, true);
    tell(transaction, input.onChange, { kind: "added", bucket: address.bucket, version });
    return version;
  };
}

export function abortUpload(address: UploadAddress): Step<void> {
  return (transaction) => {
    const { index, aftermath } = transaction;
    const { key, idBytes } = requireUpload(index, enterBucket(transaction, address.bucket).id, address);
    index.uploads.remove(key);
    index.garbage.put(uploadGarbageKey(idBytes), 1);
    aftermath.hasGarbage = true;
  };
}

function enterBucket(transaction: Transaction, name: string): BucketState {
  const bucket = transaction.bucket(name);
  if (bucket.durability === "relaxed") transaction.relax();
  return bucket;
}

export function readUpload(index: Tables, bucketId: number, address: UploadAddress): Upload | undefined {
  const found = findUpload(index, bucketId, address);
  return found && showUpload(address, found.row);
}

/** What conditions look at in a stored version. */
export function shownConditions(stored: StoredVersion | undefined) {
  if (stored === undefined) return undefined;
  return stored.object === undefined
    ? { isDeleteMarker: true as const }
    : { isDeleteMarker: false as const, etag: stored.object.etag };
}

function readParts(index: Tables, idBytes: Buffer): Map<number, StoredPart> {
  const parts = new Map<number, StoredPart>();
  for (const { key, value } of index.parts.getRange(partRange(idBytes))) {
    const partNumber = partNumberOf(key);
    parts.set(partNumber, decodePart(partNumber, value));
  }
  return parts;
}

function endUpload(
  transaction: Transaction,
  { key, idBytes }: FoundUpload,
  { stored, kept }: { readonly stored: ReadonlyMap<number, StoredPart>; readonly kept: ReadonlySet<number> },
): void {
  const { index } = transaction;
  index.uploads.remove(key);
  for (const [partNumber, { blob }] of stored) {
    index.parts.remove(partKey(idBytes, partNumber));
    if (!kept.has(partNumber)) releaseBlob(transaction, blob);
  }
}

function repeatedCompletion(
  index: Tables,
  bucketId: number,
  address: UploadAddress,
  { parts }: CompleteUploadInput,
): ObjectVersion {
  const current = readCurrent(index, bucketId, address.key);
  const object = current?.object;
  if (current === undefined || object === undefined || object.uploadId !== address.uploadId)
    throw noSuchUpload(address);
  const { blob } = object;
  const manifest = blob !== null && isManifestRef(blob) ? index.manifests.get(blobKey(blob)) : undefined;
  if (manifest === undefined || !isSameParts(parts, decodeManifest(manifest))) throw noSuchUpload(address);
  return showObject(address.key, current, object, true);
}
