import type { DeleteConditions, DeleteMarker, ObjectVersion, WriteConditions } from "./object-store.ts";
import { noSuchKey, preconditionFailed, versionChanged } from "./refusals.ts";

/** What conditions are decided against: the current version of a key, or that there is none. */
type Current = Pick<ObjectVersion, "isDeleteMarker" | "etag"> | Pick<DeleteMarker, "isDeleteMarker"> | undefined;

/** Throws `NoSuchKey` or `PreconditionFailed` when a write may not replace `current`. */
export function checkWriteConditions(key: string, current: Current, conditions: WriteConditions | undefined): void {
  if (conditions === undefined) return;
  const { ifMatch, ifNoneMatch } = conditions;
  const etag = current === undefined || current.isDeleteMarker ? undefined : current.etag;
  if (etag !== undefined && (ifNoneMatch === "*" || ifNoneMatch === etag)) throw preconditionFailed("If-None-Match");
  if (ifMatch === undefined) return;
  if (etag === undefined) throw noSuchKey({ key });
  if (ifMatch !== "*" && ifMatch !== etag) throw preconditionFailed("If-Match");
}

/** What the conditions of a delete are decided against. */
type Deletable =
  | Pick<ObjectVersion, "isDeleteMarker" | "etag" | "lastModified" | "sizeBytes">
  | Pick<DeleteMarker, "isDeleteMarker" | "lastModified">;

export function hasDeleteConditions({ ifMatch, ifLastModified, ifSizeBytes }: DeleteConditions): boolean {
  return ifMatch !== undefined || ifLastModified !== undefined || ifSizeBytes !== undefined;
}

/** Throws `NoSuchKey` or `PreconditionFailed` when a delete may not touch the key. */
export function checkDeleteConditions(
  key: string,
  current: Deletable | undefined,
  { ifMatch, ifLastModified, ifSizeBytes }: DeleteConditions,
): void {
  if (current === undefined) {
    if (ifMatch !== undefined) throw noSuchKey({ key });
    return;
  }
  // Amazon S3 answers 412, not 404, when the current version is a delete marker, also for `*`.
  const etag = current.isDeleteMarker ? undefined : current.etag;
  if (ifMatch !== undefined && (etag === undefined || (ifMatch !== "*" && ifMatch !== etag))) {
    throw preconditionFailed("If-Match");
  }
  if (ifLastModified !== undefined && seconds(ifLastModified) !== seconds(current.lastModified)) {
    throw preconditionFailed("x-amz-if-match-last-modified-time");
  }
  if (ifSizeBytes !== undefined && (current.isDeleteMarker || current.sizeBytes !== ifSizeBytes)) {
    throw preconditionFailed("x-amz-if-match-size");
  }
}

/** HTTP dates have no milliseconds. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** Throws `PreconditionFailed` unless `found` is the version that was read before, in the state it was in. */
export function checkUnchanged(
  found: ObjectVersion | DeleteMarker | undefined,
  before: ObjectVersion | DeleteMarker,
): void {
  if (found === undefined || stateOf(found) !== stateOf(before)) throw versionChanged(before);
}

function stateOf(version: ObjectVersion | DeleteMarker): string {
  const { versionId, isLatest, lastModified } = version;
  const object = version.isDeleteMarker ? undefined : [version.etag, Object.entries(version.attributes?.tags ?? {})];
  return JSON.stringify([versionId, isLatest, lastModified.getTime(), object]);
}
