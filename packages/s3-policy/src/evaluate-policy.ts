// Policy evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import type { S3Action } from "./actions.ts";
import { type ConditionValues, holds } from "./conditions/holds.ts";
import { matchesPattern, type Pattern, type ResolveVariable } from "./pattern.ts";
import type { PatternSet, Policy, Principal, Statement } from "./policy.ts";
import type { Requester } from "./requester.ts";
import { bucketOf } from "./resource-index.ts";

/** One thing that somebody wants to do. */
export type PolicyRequest = {
  readonly requester: Requester;
  readonly action: S3Action;
  /** The key is decoded, the very text that is served. Without one the bucket itself is meant; without both the service. */
  readonly resource: { readonly bucket?: string; readonly key?: string };
  /** From the server's view only: nothing that it knows better may come from what the client says. */
  readonly conditions: ConditionValues;
};

/** What the policies say, and why. */
export type PolicyDecision = {
  /** `deny` is final; `none` leaves the decision to others, and is a refusal when there are none. */
  readonly outcome: "allow" | "deny" | "none";
  /** The first Deny that applies, else the first Allow that does. */
  readonly decidedBy?: StatementResult;
  /** All statements, in order. */
  readonly statements: readonly StatementResult[];
};

/** What one statement had to say. */
export type StatementResult = {
  /** Which of the policies, from 0. */
  readonly policy: number;
  /** Which of its statements, from 0. */
  readonly statement: number;
  readonly sid?: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly applies: boolean;
  /** The first element that did not fit; absent when the statement applies. */
  readonly mismatch?: Mismatch | undefined;
};

/** Why a statement is not about a request. */
export type Mismatch =
  | { readonly element: "Principal" | "NotPrincipal" | "Action" | "NotAction" | "Resource" | "NotResource" }
  | { readonly element: "Condition"; readonly operator: string; readonly key: string };

/**
 * What policies say about a request. An explicit Deny wins over every Allow, wherever it stands.
 *
 * @example
 * const decision = evaluatePolicy([policy], { requester, action: "s3:GetObject", resource: { bucket, key }, conditions });
 * if (decision.outcome !== "allow") throw accessDenied(decision);
 */
export function evaluatePolicy(policies: readonly Policy[], request: PolicyRequest): PolicyDecision {
  const action = request.action.toLowerCase();
  const { bucket = "", key } = request.resource;
  const resource = key === undefined ? bucket : `${bucket}/${key}`;
  const resolve: ResolveVariable = (name) => {
    const values = request.conditions(name);
    return values?.length === 1 ? values[0] : undefined;
  };
  const statements: StatementResult[] = [];
  let allow: StatementResult | undefined;
  let deny: StatementResult | undefined;
  for (const [policy, { statements: rules }] of policies.entries()) {
    for (const [index, rule] of rules.entries()) {
      const mismatch = findMismatch(rule, { request, action, resource, resolve });
      const { sid, effect } = rule;
      const result = { policy, statement: index, sid, effect, applies: mismatch === undefined, mismatch };
      statements.push(result);
      if (!result.applies) continue;
      if (effect === "Deny") deny ??= result;
      else allow ??= result;
    }
  }
  const decidedBy = deny ?? allow;
  if (decidedBy === undefined) return { outcome: "none", statements };
  return { outcome: deny === undefined ? "allow" : "deny", decidedBy, statements };
}

type Facts = {
  readonly request: PolicyRequest;
  readonly action: string;
  readonly resource: string;
  readonly resolve: ResolveVariable;
};

function findMismatch(statement: Statement, { request, action, resource, resolve }: Facts): Mismatch | undefined {
  const { principals, actions, resources, conditions, effect } = statement;
  if (principals !== undefined) {
    const isNamed = principals.members.some((member) => isMember(member, request.requester));
    if (isNamed === principals.isNegated) return principals.isNegated ? notPrincipal : principal;
  }
  if (!covers(actions, action, { resolve, effect })) return actions.isNegated ? notAction : wrongAction;
  if (!covers(resources, resource, { resolve, effect })) return resources.isNegated ? notResource : wrongResource;
  const failed = conditions.find((condition) => !holds(condition, { valuesOf: request.conditions, resolve, effect }));
  return failed && { element: "Condition", operator: failed.operator, key: failed.key };
}

// One object each: most statements do not apply, and a request must not pay for saying why.
const principal: Mismatch = { element: "Principal" };
const notPrincipal: Mismatch = { element: "NotPrincipal" };
const wrongAction: Mismatch = { element: "Action" };
const notAction: Mismatch = { element: "NotAction" };
const wrongResource: Mismatch = { element: "Resource" };
const notResource: Mismatch = { element: "NotResource" };

function isMember(member: Principal, requester: Requester): boolean {
  switch (member.kind) {
    case "anyone":
      return true;
    case "account":
      return requester.kind === "user" && requester.accountId === member.accountId;
    case "arn":
      return requester.kind === "user" && requester.arn === member.arn;
    case "canonicalUser":
      return requester.kind === "user" && requester.canonicalId === member.id;
    case "service":
      return requester.kind === "service" && requester.service === member.service;
    case "federated":
      return false;
  }
}

const none: readonly Pattern[] = [];

/** A variable that stands for nothing makes no Allow apply, also not by `NotResource`. */
function covers(
  { isNegated, patterns, byBucket }: PatternSet,
  text: string,
  { resolve, effect }: { readonly resolve: ResolveVariable; readonly effect: "Allow" | "Deny" },
): boolean {
  let isUndecided = false;
  for (const pattern of byBucket === undefined ? patterns : (byBucket.get(bucketOf(text)) ?? none)) {
    const match = matchesPattern(pattern, text, resolve);
    if (match === true) return !isNegated;
    if (match === "unresolved") isUndecided = true;
  }
  return isNegated && !(isUndecided && effect === "Allow");
}
