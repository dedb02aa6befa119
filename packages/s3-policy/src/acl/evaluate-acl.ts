import type { Requester } from "../requester.ts";
import { type Acl, aclGroups, type Grant, isPublicGrant, type Permission } from "./acl.ts";

export interface EvaluateAclOptions {
  /** As `IgnorePublicAcls` demands it. @default false */
  readonly ignorePublic?: boolean;
}

/** Whether an ACL lets somebody in, and by which grant. */
export type AclDecision = {
  readonly isAllowed: boolean;
  /** Absent when nothing grants it, and when it is the owner's own right. */
  readonly grant?: Grant;
};

/** What an ACL says. The owner may read and write the list itself, whatever it holds; all else needs a grant. */
export function evaluateAcl(
  acl: Acl,
  request: { readonly requester: Requester; readonly permission: Permission },
  { ignorePublic = false }: EvaluateAclOptions = {},
): AclDecision {
  const { requester, permission } = request;
  if (requester.kind === "user" && requester.canonicalId === acl.ownerId && permission.endsWith("_ACP")) {
    return { isAllowed: true };
  }
  const grant = acl.grants.find(
    (candidate) =>
      (candidate.permission === permission || candidate.permission === "FULL_CONTROL") &&
      isGrantee(candidate, requester) &&
      !(ignorePublic && isPublicGrant(candidate)),
  );
  return grant === undefined ? { isAllowed: false } : { isAllowed: true, grant };
}

function isGrantee({ grantee }: Grant, requester: Requester): boolean {
  if ("id" in grantee) return requester.kind === "user" && requester.canonicalId === grantee.id;
  switch (grantee.uri) {
    case aclGroups.allUsers:
      return requester.kind !== "service";
    case aclGroups.authenticatedUsers:
      return requester.kind === "user";
    case aclGroups.logDelivery:
      return requester.kind === "service" && requester.service === "logging.s3.amazonaws.com";
    default:
      return false;
  }
}
