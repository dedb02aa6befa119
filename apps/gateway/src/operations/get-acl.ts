import { writeAccessControlPolicy } from "@stave/s3-xml";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import { missingVersion } from "./missing-version.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";

/** GetBucketAcl: the owner has all rights, nobody else any. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export async function getBucketAcl(context: OperationContext, { account }: OperationRequest): Promise<S3Response> {
  return ownerOnly(context, account.id);
}

/** GetObjectAcl, as above: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export async function getObjectAcl(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, key, query } = request;
  const versionId = checkVersionId(query.get("versionId"));
  const version = await context.store.headObject({ bucket, key }, versionId);
  if (version === undefined || version.isDeleteMarker) throw missingVersion(version, { key, versionId });
  return ownerOnly(context, version.ownerId);
}

function ownerOnly(context: OperationContext, ownerId: string): S3Response {
  const self = owner(context, ownerId);
  return {
    status: 200,
    xml: writeAccessControlPolicy({ owner: self, grants: [{ grantee: self, permission: "FULL_CONTROL" }] }),
  };
}
