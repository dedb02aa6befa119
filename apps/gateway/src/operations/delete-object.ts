import { readDeleteConditions } from "../headers/delete-conditions.ts";
import { bypassesGovernance } from "../headers/object-lock-headers.ts";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/**
 * DeleteObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
 *
 * An absent key is a success. Throws `AccessDenied` for a locked version, `PreconditionFailed`, and `NoSuchKey` with If-Match. The conditions on time and size, which S3
 * has for directory buckets only, hold here in every bucket.
 */
export async function deleteObject({ store }: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, query, headers } = request;
  const versionId = checkVersionId(query.get("versionId"));
  const conditions = readDeleteConditions({
    etag: headers["if-match"],
    lastModified: headers["x-amz-if-match-last-modified-time"],
    size: headers["x-amz-if-match-size"],
  });

  const deleted = await store.deleteObject(
    { bucket, key },
    {
      ...(versionId !== undefined && { versionId }),
      ...conditions,
      ...(bypassesGovernance(headers) && { bypassesGovernance: true }),
    },
  );
  return {
    status: 204,
    headers: {
      ...(deleted.versionId !== undefined && { "x-amz-version-id": deleted.versionId }),
      ...(deleted.isDeleteMarker && { "x-amz-delete-marker": "true" }),
    },
  };
}
