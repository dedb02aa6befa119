import { PutObjectLegalHoldCommand, PutObjectRetentionCommand } from "@aws-sdk/client-s3";
import type { MigrationObject } from "@stave/control-database";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { until, withRetries } from "../transfer/retry.ts";
import type { MigrationWork, PlannedBucket } from "./migration-work.ts";

const page = 200;

/** At the end: what is locked cannot be copied again. What cannot be locked is noted with the object. */
export async function carryLocks(work: MigrationWork, bucket: PlannedBucket): Promise<void> {
  const { objects, migration } = work;
  for (let after: MigrationObject | undefined; ; ) {
    const found = await objects.list(migration.id, { bucket: bucket.name, hasLock: true, after, limit: page });
    const refused: MigrationObject[] = [];
    for (const object of found) {
      if (object.state === "failed") continue;
      const reason = bucket.has_object_lock
        ? await lock(work, bucket, object)
        : "the bucket of the target has no object lock";
      if (reason === undefined) continue;
      const note = `object lock: ${reason}`;
      refused.push({ ...object, lost: [...(object.lost ?? []).filter((lost) => lost !== note), note] });
    }
    await objects.save(migration.id, refused);
    after = found.at(-1);
    if (found.length < page) return;
  }
}

async function lock(
  { target, signal }: MigrationWork,
  bucket: PlannedBucket,
  { key, targetVersionId, lock: state = {} }: MigrationObject,
): Promise<string | undefined> {
  const address = { Bucket: bucket.target_name, Key: key, VersionId: targetVersionId };
  const { mode, retainUntil, isHeld } = state;
  try {
    const until_ = typeof retainUntil === "string" ? new Date(retainUntil) : undefined;
    if (until_ !== undefined && until_ > new Date() && (mode === "GOVERNANCE" || mode === "COMPLIANCE")) {
      const Retention = { Mode: mode, RetainUntilDate: until_ } as const;
      const command = new PutObjectRetentionCommand({ ...address, Retention });
      await withRetries(() => target.client.send(command, until(signal)), { signal });
    }
    if (isHeld === true) {
      const command = new PutObjectLegalHoldCommand({ ...address, LegalHold: { Status: "ON" } });
      await withRetries(() => target.client.send(command, until(signal)), { signal });
    }
    return undefined;
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || (status >= 500 && status !== 501)) throw error;
    return describeS3Error(error).reason;
  }
}
