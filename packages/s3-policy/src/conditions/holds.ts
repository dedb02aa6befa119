import type { ResolveVariable } from "../pattern.ts";
import type { Condition, Matcher } from "./condition.ts";

/** The values of a condition key in a request; undefined when it has none. Keys are in the spelling of {@link normalizeConditionKey}. */
export type ConditionValues = (key: string) => readonly string[] | undefined;

export type HoldsOptions = {
  readonly valuesOf: ConditionValues;
  readonly resolve: ResolveVariable;
  /** What a comparison is that cannot be decided: one that would grant must fail, one that would refuse matches nothing. */
  readonly effect: "Allow" | "Deny";
};

/** Whether a condition holds in a request. */
export function holds({ key, comparison }: Condition, { valuesOf, resolve, effect }: HoldsOptions): boolean {
  const values = valuesOf(key);
  if (comparison.kind === "null") return (values === undefined) === comparison.isAbsent;
  const { set, isNegated, ifExists, matchers } = comparison;
  if (values === undefined || (set !== "none" && values.length === 0)) {
    return ifExists || (set === "none" ? isNegated : set === "all");
  }
  let isUndecided = false;
  const isAnyOf = (value: string): boolean => {
    const match = findMatch(matchers, value, resolve);
    if (match === "unresolved") isUndecided = true;
    return match === true;
  };
  const passes = (value: string): boolean => isAnyOf(value) !== isNegated;
  const result =
    set === "all" ? values.every(passes) : set === "any" ? values.some(passes) : values.some(isAnyOf) !== isNegated;
  return result && !(isUndecided && effect === "Allow" && isNegated);
}

function findMatch(matchers: readonly Matcher[], value: string, resolve: ResolveVariable): boolean | "unresolved" {
  let result: boolean | "unresolved" = false;
  for (const matcher of matchers) {
    const match = matcher(value, resolve);
    if (match === true) return true;
    if (match === "unresolved") result = match;
  }
  return result;
}
