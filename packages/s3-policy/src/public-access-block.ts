// Blocking public access: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
import { type Grant, isPublicGrant } from "./acl/acl.ts";
import { isPublicPolicy } from "./is-public-policy.ts";
import type { Policy } from "./policy.ts";
import type { Requester } from "./requester.ts";

/** What public access a bucket refuses, whatever its policy and ACLs say. */
export type PublicAccessBlock = {
  /** No ACL that grants something to everybody can be set. Those that are there stay. */
  readonly blockPublicAcls: boolean;
  /** Grants to everybody have no effect. */
  readonly ignorePublicAcls: boolean;
  /** No public policy can be set. The one that is there stays. */
  readonly blockPublicPolicy: boolean;
  /** A public policy lets in only the bucket owner's account and services. */
  readonly restrictPublicBuckets: boolean;
};

/** The state of a bucket without a configuration. */
export const noPublicAccessBlock: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};

/** Whether these grants may not be set: `BlockPublicAcls`. */
export function blocksAcl(block: PublicAccessBlock, grants: readonly Grant[]): boolean {
  return block.blockPublicAcls && grants.some(isPublicGrant);
}

/** Whether this policy may not be set: `BlockPublicPolicy`. */
export function blocksPolicy(block: PublicAccessBlock, policy: Policy): boolean {
  return block.blockPublicPolicy && isPublicPolicy(policy);
}

/** Whether an Allow of this policy does not count for somebody: `RestrictPublicBuckets`. */
export function restrictsRequester(
  block: PublicAccessBlock,
  { policy, requester, ownerAccountId }: RestrictedAccess,
): boolean {
  if (!block.restrictPublicBuckets || requester.kind === "service") return false;
  if (requester.kind === "user" && requester.accountId === ownerAccountId) return false;
  return isPublicPolicy(policy);
}

export type RestrictedAccess = {
  readonly policy: Policy;
  readonly requester: Requester;
  /** The account that owns the bucket. */
  readonly ownerAccountId: string;
};
