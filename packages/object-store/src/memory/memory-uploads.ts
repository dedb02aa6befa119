import { isSameParts, multipartEtag, selectCompletedParts } from "../completed-parts.ts";
import type {
  CompleteUploadInput,
  ListPartsPage,
  ListPartsQuery,
  ObjectVersion,
  UploadAddress,
} from "../object-store.ts";
import { noSuchUpload } from "../refusals.ts";
import { addObject, type MemoryBucket, type MemoryPart, type MemoryUpload, type Stamps } from "./memory-bucket.ts";

export function findUpload(bucket: MemoryBucket, address: UploadAddress): MemoryUpload | undefined {
  const found = bucket.uploads.get(address.uploadId);
  return found?.upload.key === address.key ? found : undefined;
}

export function requireUpload(bucket: MemoryBucket, address: UploadAddress): MemoryUpload {
  const found = findUpload(bucket, address);
  if (found === undefined) throw noSuchUpload(address);
  return found;
}

export function listParts({ parts }: MemoryUpload, { afterPartNumber = 0, maxParts }: ListPartsQuery): ListPartsPage {
  const rest = [...parts.values()]
    .map(({ part }) => part)
    .filter(({ partNumber }) => partNumber > afterPartNumber)
    .sort((a, b) => a.partNumber - b.partNumber);
  const shown = rest.slice(0, maxParts);
  const last = shown.at(-1);
  if (rest.length === shown.length || last === undefined) return { parts: shown, isTruncated: false };
  return { parts: shown, isTruncated: true, nextPartNumber: last.partNumber };
}

export function completeUpload(
  bucket: MemoryBucket,
  address: UploadAddress,
  input: CompleteUploadInput,
  stamps: Stamps,
): ObjectVersion {
  const found = findUpload(bucket, address);
  if (found === undefined) return repeatedCompletion(bucket, address, input);

  const stored = new Map([...found.parts].map(([number, { part, ...held }]) => [number, { ...part, ...held }]));
  const parts = selectCompletedParts(input.parts, stored);
  const { ownerId, metadata, encryption } = found.upload;
  const attributes =
    input.attributes === undefined ? found.upload.attributes : { ...found.upload.attributes, ...input.attributes };
  const keyDigest = parts.find((part) => part.keyDigest !== undefined)?.keyDigest;
  const version = addObject(
    bucket,
    address.key,
    {
      ownerId,
      metadata,
      ...(attributes && { attributes }),
      bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
      etag: multipartEtag(parts),
      partsCount: parts.length,
      parts: parts.map(({ bytes: _, lastModified: __, keyDigest: ___, ...part }): MemoryPart => part),
      ...(encryption !== undefined && { encryption }),
      ...(keyDigest !== undefined && { keyDigest }),
      uploadId: address.uploadId,
      ...(input.checksum && { checksum: input.checksum }),
    },
    stamps,
    input.conditions,
  );
  bucket.uploads.delete(address.uploadId);
  stamps.tell(input.onChange, { kind: "added", bucket: bucket.info.name, version });
  return version;
}

function repeatedCompletion(
  bucket: MemoryBucket,
  address: UploadAddress,
  { parts }: CompleteUploadInput,
): ObjectVersion {
  const current = bucket.keys.get(address.key)?.[0];
  if (current?.uploadId !== address.uploadId || current.version.isDeleteMarker) throw noSuchUpload(address);
  if (!isSameParts(parts, current.parts ?? [])) throw noSuchUpload(address);
  return { ...current.version, isLatest: true };
}
