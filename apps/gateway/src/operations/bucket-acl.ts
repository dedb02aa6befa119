import { blocksAcl, cannedAclGrants, type Grant } from "@stave/s3-policy";
import { writeAccessControlPolicy } from "@stave/s3-xml";
import { authorizationOf } from "../auth/authorization.ts";
import { accessDenied } from "../auth/decide.ts";
import { writeGrants } from "../configuration/stored-grants.ts";
import type { S3Response } from "../http/s3-response.ts";
import { aclNotSupported, isPrivate } from "./describe-new-object.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";
import { owner } from "./owner.ts";
import { readRequestedAcl } from "./read-requested-acl.ts";
import { showGrants } from "./show-grants.ts";

/** GetBucketAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export async function getBucketAcl(context: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { bucket, rules } = authorizationOf(request);
  const own = cannedAclGrants("private", { ownerId: bucket.ownerId });
  const grants = rules.ownership === "BucketOwnerEnforced" ? own : (rules.grants ?? own);
  return {
    status: 200,
    xml: writeAccessControlPolicy({ owner: owner(context, bucket.ownerId), grants: showGrants(context, grants) }),
  };
}

/**
 * PutBucketAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
 *
 * Throws `AccessControlListNotSupported` where ACLs are off, `AccessDenied` for a public one where those are blocked and for
 * another owner, `MissingSecurityHeader` and `UnexpectedContent` for none and for two of them.
 */
export async function putBucketAcl(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { bucket, rules } = authorizationOf(request);
  const grants = await readRequestedAcl(context, request, { ownerId: bucket.ownerId });
  if (rules.ownership === "BucketOwnerEnforced") throw aclNotSupported();
  if (blocksAcl(rules.block, grants)) throw accessDenied(context, { reason: "public-access-block" });
  await context.store.putBucketConfiguration(request.bucket, "acl", storedAcl(grants, bucket.ownerId));
  return { status: 200 };
}

/** Undefined for one that need not be kept. */
export function storedAcl(grants: readonly Grant[], ownerId: string): string | undefined {
  return isPrivate(grants, ownerId) ? undefined : writeGrants(grants);
}
