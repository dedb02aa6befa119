import { authorizationOf } from "../auth/authorization.ts";
import { checkObject, missingObject } from "../auth/authorize.ts";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import { expirationHeader } from "../lifecycle/lifecycle-headers.ts";
import { describeRead } from "./describe-read.ts";
import { getObject } from "./get-object.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** HeadObject, GetObject without the bytes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export async function headObject(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, query } = request;
  // Where a part lies is not in the index entry: only then is it worth opening the object.
  if (query.has("partNumber")) return getObject(context, request);
  const versionId = checkVersionId(query.get("versionId"));
  const version = await context.store.headObject({ bucket, key }, versionId);
  const authorization = authorizationOf(request);
  if (version === undefined || version.isDeleteMarker) {
    throw missingObject(authorization, missingVersion(version, { key, versionId }));
  }
  checkObject(authorization, version);
  const { status, headers, sizeBytes } = describeRead(request, version);
  const expiration = expirationHeader(context, request, version);
  if (expiration !== undefined) Object.assign(headers, await expiration);
  return { status, headers: { ...headers, "content-length": String(sizeBytes) } };
}
