import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { isEmpty, listBucketNames } from "../services/empty-account.ts";
import type { EngineAbilities } from "../transfer/engine-abilities.ts";
import { listObjects } from "../transfer/list-objects.ts";
import { until, withRetries } from "../transfer/retry.ts";
import { findSettings, readSetting } from "./carry-settings.ts";
import { listKeys } from "./list-source.ts";
import { type MigrationWork, type NotCarried, notCarried, type PlannedBucket } from "./migration-work.ts";

export type BucketPlan = {
  readonly bucket: PlannedBucket;
  readonly lost: readonly NotCarried[];
  readonly blockers: readonly string[];
};

export async function sourceBuckets({ source, signal }: MigrationWork): Promise<readonly string[]> {
  return (await withRetries(() => listBucketNames(source.client, signal), { signal })).toSorted();
}

/** What is in a bucket, and what would become of it. Lists all of it. */
export async function planBucket(work: MigrationWork, name: string, abilities: EngineAbilities): Promise<BucketPlan> {
  const { source, options, signal } = work;
  const lost: NotCarried[] = [];
  const target_name = options.bucket_names[name] ?? name;
  const { isThere, blocker } = await lookAtTarget(work, target_name);
  const sourceHasVersions = await hasVersions(work, name);
  const has_versions = sourceHasVersions && options.versions && abilities.versions;
  if (sourceHasVersions && !has_versions) {
    const reason = options.versions ? "The target has no versions." : "They are not to be carried.";
    lost.push(notCarried("versions", `${reason} Only what is current comes along.`, { bucket: name }));
  }
  const lock = await readSetting(source.client, name, "object-lock").catch((error: unknown) => {
    if (statusOf(error) !== 403) throw error;
    return undefined;
  });
  const has_object_lock = lock !== undefined && has_versions && abilities.objectLock && !isThere;
  if (lock !== undefined && !has_object_lock) {
    const reason = isThere ? "The bucket is there already." : "The target does not do it, or has no versions.";
    lost.push(notCarried("object-lock", reason, { bucket: name }));
  }
  const settings = options.settings ? await findSettings(source.client, name) : { found: [], lost: [] };
  const found = settings.found.filter((setting) => setting !== "object-lock" || has_object_lock);
  const usable = found.filter((setting) => setting !== "versioning" || has_versions);
  lost.push(...settings.lost);
  let objects = 0;
  let delete_markers = 0;
  let bytes = 0;
  for await (const { entries } of listKeys(source.client, name, { hasVersions: has_versions, signal })) {
    await work.throwIfCancelled();
    for (const { isMarker, sizeBytes } of entries) {
      if (isMarker) delete_markers += 1;
      else objects += 1;
      bytes += sizeBytes;
    }
  }
  const bucket = {
    name,
    target_name,
    is_made: !isThere,
    has_versions,
    has_object_lock,
    objects,
    delete_markers,
    bytes,
  };
  return { bucket: { ...bucket, settings: usable }, lost, blockers: blocker === undefined ? [] : [blocker] };
}

async function hasVersions({ source, signal }: MigrationWork, Bucket: string): Promise<boolean> {
  try {
    const command = new GetBucketVersioningCommand({ Bucket });
    const { Status } = await withRetries(() => source.client.send(command, until(signal)), { signal });
    return Status === "Enabled" || Status === "Suspended";
  } catch (error) {
    const status = statusOf(error);
    if (status === 405 || status === 501) return false;
    throw error;
  }
}

/** A bucket of the target that holds something is somebody's. */
async function lookAtTarget(
  { target, signal }: MigrationWork,
  Bucket: string,
): Promise<{ readonly isThere: boolean; readonly blocker?: string }> {
  const command = new HeadBucketCommand({ Bucket });
  try {
    await withRetries(() => target.client.send(command, until(signal)), { signal });
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return { isThere: false };
    if (status !== 403 && status !== 301) throw error;
    const blocker = `Somebody else has a bucket named ${Bucket} in the target: give it another name with bucket_names.`;
    return { isThere: true, blocker };
  }
  if (await isEmptyBucket(target.client, Bucket, signal)) return { isThere: true };
  return { isThere: true, blocker: `The bucket ${Bucket} of the target is not empty.` };
}

async function isEmptyBucket(
  client: MigrationWork["target"]["client"],
  bucket: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await isEmpty(client, bucket, signal);
  } catch (error) {
    const status = statusOf(error);
    if (status !== 405 && status !== 501) throw error;
    for await (const _ of listObjects(client, bucket, { signal })) return false;
    return true;
  }
}

/** Makes a bucket of the target, unless it is there, as its objects need it. */
export async function prepareBucket({ target, signal }: MigrationWork, bucket: PlannedBucket): Promise<void> {
  const { target_name: Bucket, is_made, has_versions, has_object_lock } = bucket;
  const { region } = target.service;
  if (is_made) {
    const command = new CreateBucketCommand({
      Bucket,
      ...(has_object_lock && { ObjectLockEnabledForBucket: true }),
      ...(region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } }),
    });
    await withRetries(() => target.client.send(command, until(signal)), { signal }).catch((error: unknown) => {
      const { code, reason } = describeS3Error(error);
      if (code === "BucketAlreadyOwnedByYou") return; // an earlier try has made it
      const status = statusOf(error);
      if (status === undefined || status >= 500 || status === 429) throw error;
      throw new Problem("CONFLICT", { detail: `The bucket ${Bucket} cannot be made. ${reason}`, cause: error });
    });
  }
  if (!has_versions) return;
  const command = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
  await withRetries(() => target.client.send(command, until(signal)), { signal });
}
