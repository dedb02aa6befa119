import { CliError } from "../../command/cli-error.ts";
import type { S3Target } from "../../s3/targets.ts";

/** Throws `Usage` when no bucket was named. */
export function requireBucket(target: S3Target): S3Target {
  if (target.bucket === "") throw new CliError("Usage", "Expected s3://BUCKET, got no bucket.");
  return target;
}

/** Throws `Usage` when that is no object. */
export function requireObject(target: S3Target): S3Target {
  requireBucket(target);
  if (target.key === "")
    throw new CliError("Usage", `Expected s3://BUCKET/KEY, got the bucket ${target.bucket} alone.`);
  return target;
}

/** Throws `Usage` when that is more than a bucket. */
export function requireOnlyBucket(target: S3Target): S3Target {
  requireBucket(target);
  if (target.key !== "") throw new CliError("Usage", `Expected s3://BUCKET, got the key "${target.key}" behind it.`);
  return target;
}
