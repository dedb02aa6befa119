import type { ResolveVariable } from "../pattern.ts";

/** One operator on one key. All conditions of a statement must hold. */
export type Condition = {
  /** As it stands in the policy: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** See {@link normalizeConditionKey}. */
  readonly key: string;
  readonly comparison: Comparison;
  /** What a positive operator compares with, as the policy has it. */
  readonly values: readonly string[];
};

export type Comparison =
  | {
      readonly kind: "null";
      /** Whether the key must be absent. */
      readonly isAbsent: boolean;
    }
  | {
      readonly kind: "compare";
      readonly set: "none" | "all" | "any";
      readonly isNegated: boolean;
      readonly ifExists: boolean;
      /** Whether the request's value is one of the policy's. */
      readonly matchers: readonly Matcher[];
    };

/** Undecided when the policy's value has a variable that stands for nothing in this request. */
export type Matcher = (value: string, resolve: ResolveVariable) => boolean | "unresolved";
