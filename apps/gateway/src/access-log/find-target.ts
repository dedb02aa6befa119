import type { ObjectStore } from "@stave/object-store";
import { parseObjectLockConfiguration } from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";

/**
 * Makes sure that logs can be stored where they are meant to go. Throws `InvalidTargetBucketForLogging`.
 *
 * Records are written by the server itself: encryption and retention that a bucket gives to what clients put into it would be
 * missing, so such a bucket is refused.
 */
export async function findTarget(
  store: ObjectStore,
  { ownerId, targetBucket }: { readonly ownerId: string; readonly targetBucket: string },
): Promise<void> {
  const target = await store.readBucket(targetBucket);
  if (target === undefined) throw unusable(targetBucket, "The target bucket for logging does not exist");
  if (target.ownerId !== ownerId) {
    throw unusable(targetBucket, "The owner for the bucket to be logged and the target bucket must be the same.");
  }
  if (target.configurationRevision === 0) return;
  const { documents } = await store.readBucketConfigurations(targetBucket);
  if (documents.has("encryption")) {
    throw unusable(targetBucket, "The target bucket for logging must not have default encryption");
  }
  const lock = documents.get("object-lock");
  if (lock !== undefined && parseObjectLockConfiguration(Buffer.from(lock)).defaultRetention !== undefined) {
    throw unusable(targetBucket, "The target bucket for logging must not have a default retention");
  }
}

function unusable(targetBucket: string, message: string): S3Error {
  return new S3Error("InvalidTargetBucketForLogging", message, { elements: { TargetBucket: targetBucket } });
}
