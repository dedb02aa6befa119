import type { VersionAttributes } from "@stave/object-store";
import { blocksAcl, cannedAclGrants, type Grant } from "@stave/s3-policy";
import { authorizationOf } from "../auth/authorization.ts";
import { accessDenied } from "../auth/decide.ts";
import { anonymousAccount } from "../auth/identity.ts";
import { resolveGrants } from "../configuration/resolve-grants.ts";
import { writeGrants } from "../configuration/stored-grants.ts";
import { S3Error } from "../errors/s3-error.ts";
import { hasAclHeaders, readAclHeaders } from "../headers/acl-headers.ts";
import { readWrittenAttributes } from "../headers/written-attributes.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** Whose a new object is, and what is said about it: no ACL for one that is its owner's alone. */
export type NewObject = { readonly ownerId: string; readonly attributes: VersionAttributes | undefined };

/**
 * Whose object a write makes, who may read it, its tags and locks. What nobody signed belongs to the bucket's owner, who could not get at it
 * otherwise.
 *
 * Throws `AccessControlListNotSupported` where ACLs are off, `AccessDenied` for a public one where those are blocked,
 * `InvalidArgument`, `InvalidRequest`, `InvalidTag` and `BadRequest` for headers that name none.
 */
export function describeNewObject(context: OperationContext, request: OperationRequest): NewObject {
  const { ownerId, acl } = describeOwner(context, request);
  const attributes = readWrittenAttributes(request);
  return { ownerId, attributes: acl === undefined ? attributes : { ...attributes, acl } };
}

/** The ACL as a version keeps it. */
type ObjectOwner = { readonly ownerId: string; readonly acl?: string };

function describeOwner(context: OperationContext, request: OperationRequest): ObjectOwner {
  const { account, bucket, rules } = authorizationOf(request);
  const writerId = account === anonymousAccount ? bucket.ownerId : account.id;
  const isEnforced = rules.ownership === "BucketOwnerEnforced";
  if (!hasAclHeaders(request.headers)) return { ownerId: isEnforced ? bucket.ownerId : writerId };

  const asked = readAclHeaders(request.headers);
  const canned = asked !== undefined && "canned" in asked ? asked.canned : undefined;
  const givesAway = canned === "bucket-owner-full-control";
  if (isEnforced) {
    if (givesAway) return { ownerId: bucket.ownerId };
    throw aclNotSupported();
  }
  const ownerId = givesAway && rules.ownership === "BucketOwnerPreferred" ? bucket.ownerId : writerId;
  const grants =
    canned !== undefined
      ? cannedAclGrants(canned, { ownerId, bucketOwnerId: bucket.ownerId })
      : resolveGrants(asked !== undefined && "grants" in asked ? asked.grants : [], context.accounts);
  if (blocksAcl(rules.block, grants)) throw accessDenied(context, { reason: "public-access-block" });
  return isPrivate(grants, ownerId) ? { ownerId } : { ownerId, acl: writeGrants(grants) };
}

/** What an ACL that was never set says, too. */
export function isPrivate(grants: readonly Grant[], ownerId: string): boolean {
  const [only, ...others] = grants;
  if (only === undefined || others.length > 0) return false;
  return "id" in only.grantee && only.grantee.id === ownerId && only.permission === "FULL_CONTROL";
}

export function aclNotSupported(): S3Error {
  return new S3Error("AccessControlListNotSupported", "The bucket does not allow ACLs");
}
