import { DeleteBucketCommand } from "@aws-sdk/client-s3";
import type { MigrationObject } from "@stave/control-database";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { until, withRetries } from "../transfer/retry.ts";
import type { MigrationPlan, MigrationWork, PlannedBucket } from "./migration-work.ts";
import { abortUploads, deleteVersion, keepVersions } from "./target-key.ts";

const page = 500;

/**
 * Takes out of the target what the migration has brought there, and the buckets that it has made. What others have written meanwhile stays, with its bucket.
 * Answers with what could not be removed.
 */
export async function cleanTarget(work: MigrationWork): Promise<readonly string[]> {
  const plan = work.migration.plan as MigrationPlan | undefined;
  const left: string[] = [];
  for (const bucket of plan?.buckets ?? []) left.push(...(await cleanBucket(work, bucket)));
  return left;
}

async function cleanBucket(work: MigrationWork, bucket: PlannedBucket): Promise<string[]> {
  const { objects, migration, target, signal } = work;
  const left: string[] = [];
  let after: MigrationObject | undefined;
  while (true) {
    const found = await objects.list(migration.id, { bucket: bucket.name, after, limit: page });
    const removed: MigrationObject[] = [];
    for (const object of found) {
      try {
        await removeCopy(work, bucket, object);
        removed.push(object);
      } catch (error) {
        const status = statusOf(error);
        if (status !== 403 && status !== 404) throw error;
        if (status === 404) removed.push(object);
        else left.push(`${bucket.target_name}/${object.key.slice(0, 200)}`);
      }
    }
    await objects.remove(migration.id, removed);
    after = found.at(-1);
    if (found.length < page) break;
  }
  if (!bucket.is_made) return left;
  try {
    const command = new DeleteBucketCommand({ Bucket: bucket.target_name });
    await withRetries(() => target.client.send(command, until(signal)), { signal });
  } catch (error) {
    const { code } = describeS3Error(error);
    if (code === "NoSuchBucket") return left;
    if (code !== "BucketNotEmpty") throw error;
    left.push(bucket.target_name);
  }
  return left;
}

async function removeCopy(
  { target, signal }: MigrationWork,
  bucket: PlannedBucket,
  { key, state, targetVersionId }: MigrationObject,
): Promise<void> {
  const at = { bucket: bucket.target_name, key };
  if (state === "copying") await abortUploads(target.client, at, signal);
  if (!bucket.has_versions) await deleteVersion(target.client, at, signal);
  else if (targetVersionId !== undefined)
    await deleteVersion(target.client, { ...at, versionId: targetVersionId }, signal);
  else await keepVersions(target.client, at, { kept: new Set(), signal });
}
