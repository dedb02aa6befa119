import type { S3Client } from "@aws-sdk/client-s3";
import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { bucketQuota } from "../storage/bucket-quota.ts";
import { type BucketSetting, bucketSettings } from "../storage/bucket-settings.ts";
import { withRetries } from "../transfer/retry.ts";
import type { BucketLine } from "./manifest.ts";

/**
 * What of a bucket is backed up, in the order in which it is brought back: what decides who may do what comes last. Not notifications,
 * replication and logs: they would make a restored copy act upon others.
 */
export const keptSettings = [
  "versioning",
  "object-lock",
  "tags",
  "cors",
  "website",
  "encryption",
  "lifecycle",
  "ownership",
  "public-access-block",
  "policy",
] as const satisfies readonly (keyof typeof bucketSettings)[];

export type KeptSetting = (typeof keptSettings)[number];

export function settingOf(name: KeptSetting): BucketSetting {
  return bucketSettings[name];
}

type Input = { readonly service: ServiceRecord; readonly client: S3Client; readonly signal: AbortSignal };

/** What cannot be read is named. Throws `NoSuchBucket`, and what makes it worth to try again. */
export async function readBucketState(
  context: ApiContext,
  { service, client, signal }: Input,
  bucket: string,
): Promise<BucketLine> {
  const settings: Record<string, unknown> = {};
  const unread: string[] = [];
  for (const name of keptSettings) {
    const { read, absent } = settingOf(name);
    try {
      const value = await withRetries(() => read(client, bucket), { signal });
      if (value !== undefined && value !== null) settings[name] = value;
    } catch (error) {
      const { code } = describeS3Error(error);
      if (code === absent) continue;
      const status = statusOf(error);
      const isThere = code !== "NoSuchBucket" && status !== undefined && (status < 500 || status === 501);
      if (!isThere) throw error;
      if (status !== 501 && status !== 405) unread.push(name);
    }
  }
  if (service.engine !== "stave") return { type: "bucket", bucket, settings, unread };
  try {
    const { maxSizeBytes, maxVersions } = await bucketQuota(context, service, { bucket });
    return { type: "bucket", bucket, settings, unread, quota: { maxSizeBytes, maxVersions } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { type: "bucket", bucket, settings, unread: [...unread, "quota"] };
  }
}
