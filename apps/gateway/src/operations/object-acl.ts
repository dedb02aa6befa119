import type { ObjectVersion } from "@stave/object-store";
import { blocksAcl, cannedAclGrants } from "@stave/s3-policy";
import { writeAccessControlPolicy } from "@stave/s3-xml";
import { authorizationOf } from "../auth/authorization.ts";
import { checkObject } from "../auth/authorize.ts";
import { accessDenied } from "../auth/decide.ts";
import { parseGrants, writeGrants } from "../configuration/stored-grants.ts";
import { versionHeader } from "../headers/object-headers.ts";
import { checkVersionId } from "../headers/version-id.ts";
import type { S3Response } from "../http/s3-response.ts";
import { aclNotSupported, isPrivate } from "./describe-new-object.ts";
import { missingVersion } from "./missing-version.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";
import { readRequestedAcl } from "./read-requested-acl.ts";
import { showGrants } from "./show-grants.ts";

/** GetObjectAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export async function getObjectAcl(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, rules } = authorizationOf(request);
  const version = await findVersion(context, request);
  const isEnforced = rules.ownership === "BucketOwnerEnforced";
  const ownerId = isEnforced ? bucket.ownerId : version.ownerId;
  const acl = isEnforced ? undefined : version.attributes?.acl;
  const grants = acl === undefined ? cannedAclGrants("private", { ownerId }) : parseGrants(acl);
  return {
    status: 200,
    headers: versionHeader(version),
    xml: writeAccessControlPolicy({ owner: owner(context, ownerId), grants: showGrants(context, grants) }),
  };
}

/** PutObjectAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html Throws as PutBucketAcl does. */
export async function putObjectAcl(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { bucket, rules } = authorizationOf(request);
  const { key } = request;
  const version = await findVersion(context, request);
  const owners = { ownerId: version.ownerId, bucketOwnerId: bucket.ownerId };
  const grants = await readRequestedAcl(context, request, owners);
  if (rules.ownership === "BucketOwnerEnforced") throw aclNotSupported();
  if (blocksAcl(rules.block, grants)) throw accessDenied(context, { reason: "public-access-block" });
  const acl = isPrivate(grants, version.ownerId) ? null : writeGrants(grants);
  // By its id: another object may have taken the key since, and its owner was not asked.
  await context.store.putObjectAttributes({ bucket: bucket.name, key }, { versionId: version.versionId, acl });
  return { status: 200, headers: versionHeader(version) };
}

/** Decided again about this very version: the one that authorization saw may have been replaced. */
async function findVersion({ store }: OperationContext, request: OperationRequest): Promise<ObjectVersion> {
  const { bucket, key, query } = request;
  const versionId = checkVersionId(query.get("versionId"));
  const version = await store.headObject({ bucket, key }, versionId);
  if (version === undefined || version.isDeleteMarker) throw missingVersion(version, { key, versionId });
  checkObject(authorizationOf(request), version);
  return version;
}
