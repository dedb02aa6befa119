import type { Bucket, ObjectStore, Upload } from "@stave/object-store";
import type { ConfigurationCache } from "../configuration/bucket-configurations.ts";
import { createKeyWalk, type PlannedVersion } from "./key-walk.ts";
import { type LifecycleRules, parseLifecycleRules } from "./lifecycle-rules.ts";
import { type Planning, uploadExpiry } from "./plan-version.ts";

export type PlannedUpload = {
  readonly action: "abort-upload";
  readonly upload: Upload;
  readonly ruleId: string;
  readonly dueAt: Date;
};

export type Planned = PlannedVersion | PlannedUpload;

export type PlanOptions = {
  readonly store: ObjectStore;
  readonly configurations: ConfigurationCache;
  readonly now: () => Date;
  readonly dayMs: number;
  /** Instead of those of the bucket. */
  readonly rules?: LifecycleRules;
};

/** Versions or uploads looked at, and planned for, at a time. */
const pageSize = 250;

/**
 * What is due in a bucket, page by page; a page may be empty. The bucket's rules and versioning are read again before each page:
 * a rule that is taken away ends its work soon, one that is added counts in full the next time.
 *
 * Ends early when the bucket is deleted.
 */
export async function* planBucket(bucket: Bucket, options: PlanOptions): AsyncGenerator<readonly Planned[]> {
  const planning = await readPlanning(bucket, options);
  if (planning === undefined) return;
  for (const prefix of planning.rules.versionPrefixes) yield* planVersions(bucket, prefix, options);
  for (const prefix of planning.rules.uploadPrefixes) yield* planUploads(bucket, prefix, options);
}

export function keyOf(planned: Planned): string {
  return planned.action === "abort-upload" ? planned.upload.key : planned.version.key;
}

async function* planVersions(bucket: Bucket, prefix: string, options: PlanOptions): AsyncGenerator<readonly Planned[]> {
  const walk = createKeyWalk();
  let place: { readonly keyMarker?: string; readonly versionIdMarker?: string } | undefined = {};
  while (place !== undefined) {
    const planning = await readPlanning(bucket, options);
    if (planning === undefined) return;
    const page = await options.store.listVersions(bucket.name, { prefix, maxKeys: pageSize, ...place });
    const planned = page.versions.flatMap((version) => walk.next(version, planning));
    if (!page.isTruncated) planned.push(...walk.end(planning));
    yield planned;
    place = page.isTruncated
      ? {
          ...(page.nextKeyMarker !== undefined && { keyMarker: page.nextKeyMarker }),
          ...(page.nextVersionIdMarker !== undefined && { versionIdMarker: page.nextVersionIdMarker }),
        }
      : undefined;
  }
}

async function* planUploads(bucket: Bucket, prefix: string, options: PlanOptions): AsyncGenerator<readonly Planned[]> {
  let place: { readonly keyMarker?: string; readonly uploadIdMarker?: string } | undefined = {};
  while (place !== undefined) {
    const planning = await readPlanning(bucket, options);
    if (planning === undefined) return;
    const page = await options.store.listUploads(bucket.name, { prefix, maxUploads: pageSize, ...place });
    yield page.uploads.flatMap((upload) => planUpload(upload, planning));
    place = page.isTruncated
      ? {
          ...(page.nextKeyMarker !== undefined && { keyMarker: page.nextKeyMarker }),
          ...(page.nextUploadIdMarker !== undefined && { uploadIdMarker: page.nextUploadIdMarker }),
        }
      : undefined;
  }
}

function planUpload(upload: Upload, planning: Planning): readonly PlannedUpload[] {
  const due = uploadExpiry(upload, planning);
  if (due === undefined || due.dueMs > planning.now.getTime()) return [];
  return [{ action: "abort-upload", upload, ruleId: due.ruleId, dueAt: new Date(due.dueMs) }];
}

/** Undefined when there is nothing to be done any more: no rules, no bucket, or another one of the same name. */
async function readPlanning({ name, createdAt }: Bucket, options: PlanOptions): Promise<Planning | undefined> {
  const bucket = await options.store.readBucket(name);
  if (bucket === undefined || bucket.createdAt.getTime() !== createdAt.getTime()) return undefined;
  const rules = options.rules ?? (await options.configurations.of(bucket)).parsed("lifecycle", parseLifecycleRules);
  if (rules === undefined) return undefined;
  return { rules, versioning: bucket.versioning, now: options.now(), dayMs: options.dayMs };
}
