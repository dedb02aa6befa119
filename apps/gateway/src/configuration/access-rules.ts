import {
  type Grant,
  noPublicAccessBlock,
  type Policy,
  PolicyError,
  type PublicAccessBlock,
  parsePolicy,
} from "@stave/s3-policy";
import { type OwnershipControls, parseOwnershipControls, parsePublicAccessBlockConfiguration } from "@stave/s3-xml";
import type { BucketConfigurations } from "./bucket-configurations.ts";
import { parseGrants } from "./stored-grants.ts";

export type ObjectOwnership = OwnershipControls["objectOwnership"];

export const objectOwnerships: readonly ObjectOwnership[] = [
  "BucketOwnerEnforced",
  "BucketOwnerPreferred",
  "ObjectWriter",
];

/** What a bucket's configurations say about who may do what with it. */
export type AccessRules = {
  readonly policy: Policy | undefined;
  /** Undefined while the ACL was never set: nobody but the owner. */
  readonly grants: readonly Grant[] | undefined;
  readonly ownership: ObjectOwnership;
  readonly block: PublicAccessBlock;
};

/** ACLs work, and what somebody writes belongs to them, as on AWS before 2023: clients of that time expect it. */
export const defaultOwnership: ObjectOwnership = "ObjectWriter";

export const noRules: AccessRules = {
  policy: undefined,
  grants: undefined,
  ownership: defaultOwnership,
  block: noPublicAccessBlock,
};

const known = new WeakMap<BucketConfigurations, AccessRules>();

/**
 * Parsed once for each revision. A policy that cannot be read denies everything, so that its owner can still replace it; of the
 * rest, which this server has written itself, it throws: a rule that is ignored could let somebody in.
 */
export function accessRules(configurations: BucketConfigurations, bucket: string): AccessRules {
  const found = known.get(configurations);
  if (found !== undefined) return found;
  const rules: AccessRules = {
    policy: configurations.parsed("policy", (document) => readPolicy(document.toString(), bucket)),
    grants: configurations.parsed("acl", (document) => parseGrants(document.toString())),
    ownership: configurations.parsed("ownershipControls", parseOwnershipControls)?.objectOwnership ?? defaultOwnership,
    block: configurations.parsed("publicAccessBlock", parsePublicAccessBlockConfiguration) ?? noPublicAccessBlock,
  };
  known.set(configurations, rules);
  return rules;
}

function readPolicy(text: string, bucket: string): Policy {
  try {
    return parsePolicy(text, { bucket });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return parsePolicy(JSON.stringify({ Statement: denyEverything }), { bucket });
  }
}

const denyEverything = {
  Sid: "The policy of this bucket cannot be read",
  Effect: "Deny",
  Principal: "*",
  Action: "*",
  Resource: "arn:aws:s3:::*",
};
