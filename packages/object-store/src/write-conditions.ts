import type { DeleteMarker, ObjectVersion, WriteConditions } from "./object-store.ts";
import { noSuchKey, preconditionFailed } from "./refusals.ts";

/** What conditions are decided against: the current version of a key, or that there is none. */
type Current = Pick<ObjectVersion, "isDeleteMarker" | "etag"> | Pick<DeleteMarker, "isDeleteMarker"> | undefined;

/** Throws `NoSuchKey` or `PreconditionFailed` when a write may not replace `current`. */
export function checkWriteConditions(key: string, current: Current, conditions: WriteConditions | undefined): void {
  if (conditions === undefined) return;
  const { ifMatch, ifNoneMatch } = conditions;
  const etag = current === undefined || current.isDeleteMarker ? undefined : current.etag;
  if (ifNoneMatch !== undefined && etag !== undefined) throw preconditionFailed("If-None-Match");
  if (ifMatch === undefined) return;
  if (etag === undefined) throw noSuchKey({ key });
  if (ifMatch !== "*" && ifMatch !== etag) throw preconditionFailed("If-Match");
}

/** Throws `NoSuchKey` or `PreconditionFailed` when a delete may not touch the key. */
export function checkDeleteCondition(key: string, current: Current, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  if (current === undefined) throw noSuchKey({ key });
  // Amazon S3 answers 412, not 404, when the current version is a delete marker, also for `*`.
  if (current.isDeleteMarker) throw preconditionFailed("If-Match");
  if (ifMatch !== "*" && ifMatch !== current.etag) throw preconditionFailed("If-Match");
}
