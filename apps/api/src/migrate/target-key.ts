import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { statusOf } from "../services/describe-s3-error.ts";
import { listedKey } from "../transfer/list-objects.ts";
import { listVersions } from "../transfer/list-versions.ts";
import { until, withRetries } from "../transfer/retry.ts";

export type TargetKey = { readonly bucket: string; readonly key: string };

/** Removes all versions of a key but those that are named. */
export async function keepVersions(
  client: S3Client,
  { bucket, key }: TargetKey,
  { kept, signal }: { readonly kept: ReadonlySet<string | undefined>; readonly signal: AbortSignal },
): Promise<void> {
  for await (const version of listVersions(client, bucket, { prefix: key, signal })) {
    if (version.key === key && !kept.has(version.versionId)) {
      await deleteVersion(client, { bucket, key, versionId: version.versionId }, signal);
    }
  }
}

/** What is gone is no error. */
export async function deleteVersion(
  client: S3Client,
  { bucket, key, versionId }: TargetKey & { readonly versionId?: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const command = new DeleteObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(versionId !== undefined && versionId !== "" && { VersionId: versionId }),
  });
  try {
    await withRetries(() => client.send(command, until(signal)), { signal });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
}

/** Those that a process has left behind that was killed. */
export async function abortUploads(client: S3Client, { bucket, key }: TargetKey, signal: AbortSignal): Promise<void> {
  const list = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key, EncodingType: "url" });
  const { Uploads = [], EncodingType } = await withRetries(() => client.send(list, until(signal)), { signal });
  for (const { Key = "", UploadId } of Uploads) {
    if (listedKey(Key, EncodingType) !== key) continue;
    const abort = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId });
    await client.send(abort, until(signal)).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
  }
}
