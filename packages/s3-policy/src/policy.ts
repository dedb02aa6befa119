import type { Condition } from "./conditions/condition.ts";
import type { Pattern } from "./pattern.ts";

/** A parsed policy: what {@link evaluatePolicy} works with. Made by {@link parsePolicy}. */
export type Policy = {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly id?: string;
  readonly statements: readonly Statement[];
};

/** One rule. It applies to a request when every element that it has does. */
export type Statement = {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  /** Absent in a policy of an identity: it is about whoever it is attached to. */
  readonly principals?: Principals;
  readonly actions: PatternSet;
  readonly resources: PatternSet;
  readonly conditions: readonly Condition[];
};

/** `Action` or, negated, `NotAction`; the same of resources. Actions are in lower case. */
export type PatternSet = {
  readonly isNegated: boolean;
  readonly patterns: readonly Pattern[];
  /** The same patterns of resources by their bucket, where there are many and each is of one bucket. */
  readonly byBucket?: ReadonlyMap<string, readonly Pattern[]>;
};

/** `Principal` or, negated, `NotPrincipal`. */
export type Principals = { readonly isNegated: boolean; readonly members: readonly Principal[] };

/** One name in a `Principal`. */
export type Principal =
  | { readonly kind: "anyone" }
  | { readonly kind: "account"; readonly accountId: string }
  | { readonly kind: "arn"; readonly arn: string }
  | { readonly kind: "canonicalUser"; readonly id: string }
  | { readonly kind: "service"; readonly service: string }
  /** An identity provider: nobody who signs requests is one. */
  | { readonly kind: "federated"; readonly provider: string };
