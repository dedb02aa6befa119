import { notImplemented } from "../errors/not-implemented.ts";
import { unquote } from "../headers/object-headers.ts";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** Conditions that only directory buckets have. */
const directoryBucketHeaders = ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"];

/**
 * DeleteObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
 *
 * An absent key is a success. Throws `PreconditionFailed`, and `NoSuchKey` with If-Match.
 */
export async function deleteObject({ store }: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, query, headers } = request;
  for (const header of directoryBucketHeaders) {
    if (headers[header] !== undefined) throw notImplemented({ header });
  }
  const versionId = checkVersionId(query.get("versionId"));
  const ifMatch = headers["if-match"];

  const deleted = await store.deleteObject(
    { bucket, key },
    { ...(versionId !== undefined && { versionId }), ...(ifMatch !== undefined && { ifMatch: unquote(ifMatch) }) },
  );
  return {
    status: 204,
    headers: {
      ...(deleted.versionId !== undefined && { "x-amz-version-id": deleted.versionId }),
      ...(deleted.isDeleteMarker && { "x-amz-delete-marker": "true" }),
    },
  };
}
