import { writeTagging } from "@stave/s3-xml";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** GetObjectTagging; tags cannot be set yet, so there are none: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export async function getObjectTagging({ store }: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, query } = request;
  const versionId = checkVersionId(query.get("versionId"));
  const version = await store.headObject({ bucket, key }, versionId);
  if (version === undefined || version.isDeleteMarker) throw missingVersion(version, { key, versionId });
  return { status: 200, xml: writeTagging([]) };
}
