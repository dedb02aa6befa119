import type { ObjectVersion } from "@stave/object-store";
import { authorizationOf } from "../auth/authorization.ts";
import { missingObject } from "../auth/authorize.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkVersionId } from "../headers/version-id.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/**
 * The version whose tags or locks a request is about. Unlike a read, it may not be about a delete marker at all.
 *
 * Throws `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed`, and `AccessDenied` for who may not know which.
 */
export async function findObjectVersion(
  { store }: OperationContext,
  request: OperationRequest,
): Promise<ObjectVersion> {
  const { bucket, key, query } = request;
  const versionId = checkVersionId(query.get("versionId"));
  const version = await store.headObject({ bucket, key }, versionId);
  if (version === undefined) {
    throw missingObject(authorizationOf(request), missingVersion(version, { key, versionId }));
  }
  if (!version.isDeleteMarker) return version;
  throw new S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", {
    elements: { ResourceType: "DeleteMarker" },
    headers: { "x-amz-delete-marker": "true", "x-amz-version-id": version.versionId, allow: "DELETE" },
  });
}

/** Names the version that was read or changed, on a bucket that has versions. */
export function versionHeaders(
  { versioning }: OperationRequest,
  { versionId }: Pick<ObjectVersion, "versionId">,
): Record<string, string> {
  return versioning === undefined ? {} : { "x-amz-version-id": versionId };
}
