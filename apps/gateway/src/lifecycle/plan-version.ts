import type { BucketVersioning, DeleteMarker, ObjectVersion, Upload } from "@stave/object-store";
import { dueAfterDays } from "./due-date.ts";
import { isAbout, type LifecycleRules, type Rule, type Subject } from "./lifecycle-rules.ts";

// What becomes of objects in time: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html

export type Version = ObjectVersion | DeleteMarker;

export type Planning = {
  readonly rules: LifecycleRules;
  /** Of the bucket. */
  readonly versioning: BucketVersioning | undefined;
  readonly now: Date;
  /** How long a day of a rule is. */
  readonly dayMs: number;
};

/** Where a version stands among those of its key. */
export type VersionPlace = {
  /** The next newer one; undefined for the current version. */
  readonly successor: Version | undefined;
  /** How many objects that are not current are newer; delete markers are not counted. */
  readonly newerNoncurrent: number;
  /** The key has no other version. */
  readonly isOnly: boolean;
};

export type VersionAction =
  /** The current object of a bucket without versions goes for good. */
  | "delete-object"
  /** The current object is covered by a delete marker; with suspended versioning a `null` one, which replaces the `null` version. */
  | "add-delete-marker"
  | "delete-noncurrent-version"
  /** A delete marker with nothing below it. */
  | "delete-expired-marker";

export type Due = { readonly ruleId: string; readonly dueMs: number };

/** What is due for one version now, if anything: of several rules the one that comes first. */
export function planVersion(
  version: Version,
  place: VersionPlace,
  planning: Planning,
): (Due & { readonly action: VersionAction }) | undefined {
  const { versioning, now } = planning;
  const due = dueOf(version, place, planning);
  if (due === undefined || due.dueMs > now.getTime()) return undefined;
  if (!version.isLatest) return isLocked(version, now) ? undefined : { ...due, action: "delete-noncurrent-version" };
  if (version.isDeleteMarker) return { ...due, action: "delete-expired-marker" };
  if (versioning !== undefined) return { ...due, action: "add-delete-marker" };
  return isLocked(version, now) ? undefined : { ...due, action: "delete-object" };
}

/** When the current version expires, whether that has come or not. */
export function currentExpiry(version: ObjectVersion, { rules, dayMs }: Pick<Planning, "rules" | "dayMs">) {
  return earliest(rules, subjectOf(version), ({ expiration }) => expiryOf(expiration, version, dayMs));
}

/** When an unfinished upload is aborted, whether that has come or not. */
export function uploadExpiry(
  { key, initiatedAt }: Pick<Upload, "key" | "initiatedAt">,
  { rules, dayMs }: Pick<Planning, "rules" | "dayMs">,
): Due | undefined {
  // Rules that abort have a prefix and no other condition.
  return earliest(rules, { key, sizeBytes: 0, tags: {} }, ({ abortAfterDays }) =>
    abortAfterDays === undefined ? undefined : dueAfterDays(initiatedAt.getTime(), abortAfterDays, dayMs),
  );
}

function dueOf(version: Version, place: VersionPlace, planning: Planning): Due | undefined {
  const { rules, dayMs } = planning;
  if (!version.isLatest) return noncurrentExpiry(version, place, planning);
  if (!version.isDeleteMarker) return currentExpiry(version, planning);
  if (!place.isOnly) return undefined;
  return earliest(rules, subjectOf(version), ({ expiration }) => {
    if (expiration?.expiredObjectDeleteMarker === true) return version.lastModified.getTime();
    // S3 cleans up after its own expiration by age: a Date is about objects.
    return expiration?.days === undefined ? undefined : expiryOf(expiration, version, dayMs);
  });
}

function noncurrentExpiry(
  version: Version,
  { successor, newerNoncurrent }: VersionPlace,
  { rules, dayMs }: Planning,
): Due | undefined {
  if (successor === undefined) return undefined;
  // A clock that was set back must not make it older than it is.
  const since = Math.max(successor.lastModified.getTime(), version.lastModified.getTime());
  return earliest(rules, subjectOf(version), ({ noncurrent }) => {
    if (noncurrent === undefined || newerNoncurrent < (noncurrent.newerNoncurrentVersions ?? 0)) return undefined;
    return dueAfterDays(since, noncurrent.noncurrentDays ?? 0, dayMs);
  });
}

function expiryOf(expiration: Rule["expiration"], { lastModified }: Version, dayMs: number): number | undefined {
  if (expiration?.date !== undefined) return expiration.date.getTime();
  return expiration?.days === undefined ? undefined : dueAfterDays(lastModified.getTime(), expiration.days, dayMs);
}

function earliest(
  { rules }: LifecycleRules,
  subject: Subject,
  dueMsOf: (rule: Rule) => number | undefined,
): Due | undefined {
  let first: Due | undefined;
  for (const rule of rules) {
    if (!isAbout(rule, subject)) continue;
    const dueMs = dueMsOf(rule);
    if (dueMs !== undefined && (first === undefined || dueMs < first.dueMs)) first = { ruleId: rule.id, dueMs };
  }
  return first;
}

function subjectOf(version: Version): Subject {
  if (version.isDeleteMarker) return { key: version.key, sizeBytes: 0, tags: {} };
  return { key: version.key, sizeBytes: version.sizeBytes, tags: version.attributes?.tags ?? {} };
}

/** The store refuses as well; a plan is to say what will happen. */
function isLocked(version: Version, now: Date): boolean {
  if (version.isDeleteMarker) return false;
  const { retention, legalHold } = version.attributes ?? {};
  return legalHold === true || (retention !== undefined && retention.retainUntil > now);
}
