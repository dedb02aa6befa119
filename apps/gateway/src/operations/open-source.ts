import type { OpenObject } from "@stave/object-store";
import { authorizeBucket } from "../auth/authorize.ts";
import { S3Error } from "../errors/s3-error.ts";
import { type CopySource, checkSourceConditions } from "../headers/copy-source.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** The largest object that one copy may read, 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const maxSourceBytes = 5 * 1024 ** 3;

/**
 * Opens what a copy reads, as its requester: reading the source needs its own permission. The caller closes it.
 *
 * Throws `AccessDenied`, `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `InvalidRequest`, `PreconditionFailed`.
 */
export async function openSource(
  { store, region }: OperationContext,
  request: OperationRequest,
  { bucket, key, versionId }: CopySource,
): Promise<OpenObject> {
  const expectedOwner = request.headers["x-amz-source-expected-bucket-owner"];
  await authorizeBucket(store, { account: request.account, bucket, region, expectedOwner });
  const open = await store.openObject({ bucket, key }, versionId);
  if (open === undefined || !("version" in open)) {
    if (open !== undefined && versionId !== undefined) {
      throw new S3Error(
        "InvalidRequest",
        "The source of a copy request may not specifically refer to a delete marker by version id.",
      );
    }
    throw missingVersion(open, { key, versionId });
  }
  try {
    checkSourceConditions(request, open.version);
    return open;
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** A larger source is copied in parts. Throws `InvalidRequest`. */
export function refuseLargeSource(sizeBytes: number): void {
  if (sizeBytes <= maxSourceBytes) return;
  throw new S3Error(
    "InvalidRequest",
    `The specified copy source is larger than the maximum allowable size for a copy source: ${maxSourceBytes}`,
  );
}
