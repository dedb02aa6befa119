import type {
  DeleteMarker,
  ListObjectsPage,
  ListObjectsQuery,
  ListUploadsPage,
  ListUploadsQuery,
  ListVersionsPage,
  ListVersionsQuery,
  ObjectVersion,
  Upload,
} from "../object-store.ts";
import { readUploadIdBytes, readVersionSequence } from "../ordered-id.ts";
import type { MemoryBucket, MemoryVersion } from "./memory-bucket.ts";

export function listObjects(bucket: MemoryBucket, query: ListObjectsQuery): ListObjectsPage {
  const current = sortedKeys(bucket.keys).flatMap((key) => latestObject(bucket, key) ?? []);
  const { after } = query;
  const page = pageOf(current, query, query.maxKeys, (name) => after === undefined || compareUtf8(name, after) > 0);
  const { values, commonPrefixes, last } = page;
  return {
    objects: values,
    commonPrefixes,
    isTruncated: last !== undefined,
    ...(last !== undefined && { nextAfter: last.name }),
  };
}

export function listVersions(bucket: MemoryBucket, query: ListVersionsQuery): ListVersionsPage {
  const { keyMarker, versionIdMarker } = query;
  const rows = sortedKeys(bucket.keys).flatMap((key) =>
    (bucket.keys.get(key) ?? []).map((stored, at) => ({ key, sequence: stored.sequence, version: show(stored, at) })),
  );
  const markerSequence = sequenceOfMarker(bucket, keyMarker, versionIdMarker);
  const page = pageOf(rows, query, query.maxKeys, (name, row) => {
    const order = keyMarker === undefined ? 1 : compareUtf8(name, keyMarker);
    return order > 0 || (order === 0 && row !== undefined && row.sequence < markerSequence);
  });
  const { values, commonPrefixes, last } = page;
  return {
    versions: values.map(({ version }) => version),
    commonPrefixes,
    isTruncated: last !== undefined,
    ...(last !== undefined && { nextKeyMarker: last.name }),
    ...(last?.value !== undefined && { nextVersionIdMarker: last.value.version.versionId }),
  };
}

export function listUploads(bucket: MemoryBucket, query: ListUploadsQuery): ListUploadsPage {
  const { keyMarker, uploadIdMarker } = query;
  const uploads = [...bucket.uploads.values()].map(({ upload }) => upload).sort(compareUploads);
  const marker = uploadIdMarker === undefined ? undefined : readUploadIdBytes(uploadIdMarker);
  const page = pageOf(uploads, query, query.maxUploads, (name, upload) => {
    const order = keyMarker === undefined ? 1 : compareUtf8(name, keyMarker);
    if (order !== 0 || upload === undefined || marker === undefined) return order > 0;
    return compareBase64(upload.uploadId, marker) > 0;
  });
  const { values, commonPrefixes, last } = page;
  return {
    uploads: values,
    commonPrefixes,
    isTruncated: last !== undefined,
    ...(last !== undefined && { nextKeyMarker: last.name }),
    ...(last?.value !== undefined && { nextUploadIdMarker: last.value.uploadId }),
  };
}

/** By UTF-8 bytes: JavaScript compares UTF-16, where U+1F600 comes before U+FF5E. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Shows a stored version; the one at place 0 is the latest. */
export function show(stored: MemoryVersion, at: number): ObjectVersion | DeleteMarker {
  return { ...stored.version, isLatest: at === 0 };
}

type Entry<T> = { readonly name: string; readonly value?: T };

/** Groups rows by common prefix, drops what `isAfter` refuses, and cuts after `max` entries; `last` only when cut. */
function pageOf<T extends { readonly key: string }>(
  rows: readonly T[],
  { prefix = "", delimiter = "" }: { readonly prefix?: string; readonly delimiter?: string },
  max: number,
  isAfter: (name: string, row: T | undefined) => boolean,
): { values: T[]; commonPrefixes: string[]; last: Entry<T> | undefined } {
  const entries: Entry<T>[] = [];
  for (const row of rows) {
    if (!row.key.startsWith(prefix)) continue;
    const at = delimiter === "" ? -1 : row.key.indexOf(delimiter, prefix.length);
    const name = at === -1 ? row.key : row.key.slice(0, at + delimiter.length);
    if (at !== -1 && entries.at(-1)?.name === name) continue;
    if (isAfter(name, at === -1 ? row : undefined)) entries.push(at === -1 ? { name, value: row } : { name });
  }
  const shown = entries.slice(0, max);
  return {
    values: shown.flatMap(({ value }) => value ?? []),
    commonPrefixes: shown.filter(({ value }) => value === undefined).map(({ name }) => name),
    last: entries.length > max ? shown.at(-1) : undefined,
  };
}

function sortedKeys(keys: ReadonlyMap<string, unknown>): string[] {
  return [...keys.keys()].sort(compareUtf8);
}

function latestObject(bucket: MemoryBucket, key: string): ObjectVersion | undefined {
  const stored = bucket.keys.get(key)?.[0];
  if (stored === undefined || stored.version.isDeleteMarker) return undefined;
  return { ...stored.version, isLatest: true };
}

/** Where to go on within the marker's key: below this sequence. A `null` version that is gone cannot tell: all of the key. */
function sequenceOfMarker(bucket: MemoryBucket, keyMarker: string | undefined, versionIdMarker: string | undefined) {
  if (versionIdMarker === undefined) return 0;
  const stored = bucket.keys.get(keyMarker ?? "")?.find(({ version }) => version.versionId === versionIdMarker);
  return stored?.sequence ?? readVersionSequence(versionIdMarker) ?? Number.POSITIVE_INFINITY;
}

function compareUploads(a: Upload, b: Upload): number {
  return compareUtf8(a.key, b.key) || compareBase64(a.uploadId, readUploadIdBytes(b.uploadId));
}

function compareBase64(uploadId: string, bytes: Buffer | undefined): number {
  return Buffer.compare(readUploadIdBytes(uploadId) ?? Buffer.alloc(0), bytes ?? Buffer.alloc(0));
}
