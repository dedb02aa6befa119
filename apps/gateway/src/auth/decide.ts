import type { ObjectVersion } from "@stave/object-store";
import {
  evaluateAcl,
  evaluatePolicy,
  type Grant,
  type PolicyDecision,
  type Requirement,
  restrictsRequester,
  type S3Action,
} from "@stave/s3-policy";
import { parseGrants } from "../configuration/stored-grants.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { Authorization } from "./authorization.ts";
import { type ConditionSource, conditionValues } from "./condition-values.ts";
import { RefusedAccess, type RefusedObject } from "./refused-access.ts";

/** What was decided about one requirement, and by whose right. */
export type Verdict = {
  readonly allowedBy: "owner" | "policy" | "acl" | undefined;
  /** What the limit of the key says that refused it; then nobody else was asked. */
  readonly cap?: PolicyDecision;
  /** What the bucket's policy says, if there is one. */
  readonly decision: PolicyDecision | undefined;
};

/** So that no owner locks a bucket for good. */
const rightsOfTheOwner: ReadonlySet<S3Action> = new Set([
  "s3:GetBucketPolicy",
  "s3:PutBucketPolicy",
  "s3:DeleteBucketPolicy",
]);

/** Why somebody was refused: the cause of an `AccessDenied`, for an administrator. */
export type AccessRefusal =
  | {
      readonly reason: "not-allowed";
      readonly requirement: ActionOn & Pick<Requirement, "acl">;
      readonly verdict: Verdict;
      /** The version that the requirement is about, where there is one. */
      readonly object?: RefusedObject | undefined;
    }
  /** Unsigned, and for this operation no policy or ACL could help. */
  | { readonly reason: "not-signed" }
  /** `x-amz-expected-bucket-owner` names somebody else. */
  | { readonly reason: "other-owner" }
  /** The bucket has neither a policy nor grants. */
  | { readonly reason: "closed-bucket" }
  /** There is no such key, and the requester may not list the bucket: it is not told. */
  | { readonly reason: "hidden-key"; readonly requirement?: ActionOn; readonly verdict?: Verdict }
  /** The bucket's ACL lets the requester delete what is its own, and this is not. */
  | { readonly reason: "object-of-another"; readonly requirement: ActionOn; readonly object: RefusedObject }
  /** An ACL or policy that makes something public is asked for, and the public access block forbids it. */
  | { readonly reason: "public-access-block" }
  /** An ACL names an owner that is not the object's or the bucket's. */
  | { readonly reason: "acl-of-another" };

type ActionOn = Pick<Requirement, "action" | "on">;

/**
 * The one place where access is decided. What the key is limited to comes first: outside of it nothing is allowed. Then a Deny of the
 * bucket's policy wins over everything; else the owner may, whom the policy allows, and whom an ACL grants it. Nobody else.
 *
 * `object` is the version that the requirement is about, where there is one.
 */
export function decide(
  authorization: Authorization,
  requirement: Requirement,
  object: ObjectVersion | undefined,
): Verdict {
  const { bucket, rules, key } = authorization;
  // A new object is private anyway; rclone before 1.61 says so with each, and most limits allow no ACLs.
  const grantsNothing = requirement.isOwnersRight === true && authorization.headers["x-amz-acl"] === "private";
  const cap = grantsNothing ? undefined : refusingCap(authorization, requirement, { object, bucketName: bucket.name });
  if (cap !== undefined) return { allowedBy: undefined, decision: undefined, cap };
  const { requester } = authorization.identity;
  const isBucketOwner = requester.kind === "user" && requester.canonicalId === bucket.ownerId;
  const decision =
    rules.policy &&
    evaluatePolicy([rules.policy], {
      requester,
      action: requirement.action,
      resource: { bucket: bucket.name, ...(requirement.on === "object" && { key }) },
      conditions: conditionValues(authorization, object),
    });
  if (decision?.outcome === "deny") {
    return { allowedBy: isBucketOwner && rightsOfTheOwner.has(requirement.action) ? "owner" : undefined, decision };
  }
  if (requirement.isOwnersRight === true) return { allowedBy: "owner", decision };
  return { allowedBy: findRight(authorization, requirement, { object, decision }), decision };
}

/** The limit of the key that does not allow this; undefined when all do. */
export function refusingCap(
  source: ConditionSource,
  { action, on }: ActionOn,
  { object, bucketName }: { readonly object?: ObjectVersion | undefined; readonly bucketName: string },
): PolicyDecision | undefined {
  const { identity, key } = source;
  for (const cap of identity.caps) {
    const decision = evaluatePolicy([cap], {
      requester: identity.requester,
      action,
      resource: { ...(bucketName !== "" && { bucket: bucketName }), ...(on === "object" && { key }) },
      conditions: conditionValues(source, object),
    });
    if (decision.outcome !== "allow") return decision;
  }
  return undefined;
}

type Findings = {
  readonly object: ObjectVersion | undefined;
  readonly decision: PolicyDecision | undefined;
};

function findRight(
  { identity: { requester }, bucket, rules }: Authorization,
  { acl, action }: Requirement,
  { object, decision }: Findings,
): Verdict["allowedBy"] {
  const { policy, block, ownership } = rules;
  const hasAcls = ownership !== "BucketOwnerEnforced";
  const isAboutObject = acl?.of === "object" || attributesActions.has(action);
  // Reading an object is its owner's to allow, and a bucket's policy speaks for the bucket's owner only.
  const ownerId = isAboutObject && hasAcls ? (object?.ownerId ?? bucket.ownerId) : bucket.ownerId;
  if (requester.kind === "user" && requester.canonicalId === ownerId) return "owner";
  const isPolicysToSay = ownerId === bucket.ownerId && policy !== undefined && decision?.outcome === "allow";
  if (isPolicysToSay && !restrictsRequester(block, { policy, requester, ownerAccountId: bucket.ownerId })) {
    return "policy";
  }
  if (acl === undefined || !hasAcls) return undefined;
  const grants = acl.of === "bucket" ? (rules.grants ?? noGrants) : objectGrants(object);
  const { isAllowed } = evaluateAcl(
    { ownerId, grants },
    { requester, permission: acl.permission },
    { ignorePublic: block.ignorePublicAcls },
  );
  return isAllowed ? "acl" : undefined;
}

/** They come with reading the object, and no ACL permission stands for them. */
const attributesActions: ReadonlySet<S3Action> = new Set(["s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"]);

const noGrants: readonly Grant[] = [];

export function objectGrants(object: RefusedObject | undefined): readonly Grant[] {
  const text = object?.attributes?.acl;
  return text === undefined ? noGrants : parseGrants(text);
}

/** The cause tells an administrator why; the client is told nothing. */
export function accessDenied(source: Authorization | Pick<Authorization, "region">, why: AccessRefusal): S3Error {
  const cause = new RefusedAccess(why, "rules" in source ? source : undefined);
  return new S3Error("AccessDenied", "Access Denied", { cause, headers: { "x-amz-bucket-region": source.region } });
}
