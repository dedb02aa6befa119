import { malformed } from "../policy-error.ts";
import type { JsonObject, JsonValue } from "../read-json.ts";
import type { Comparison, Condition } from "./condition.ts";
import { normalizeConditionKey } from "./condition-keys.ts";
import { operators } from "./operators.ts";

/**
 * Reads a `Condition` element. Throws {@link PolicyError} for an operator or a key that S3 does not have: a condition that is
 * ignored makes an Allow wider than its author meant.
 */
export function parseConditions(block: JsonValue, options: { readonly variables: boolean }): readonly Condition[] {
  if (!(block instanceof Map)) throw malformed("Condition must be an object");
  const conditions: Condition[] = [];
  for (const [operator, byKey] of block as JsonObject) {
    if (!(byKey instanceof Map)) throw malformed(`Condition operator ${operator} must hold an object`);
    for (const [name, value] of byKey as JsonObject) {
      const key = normalizeConditionKey(name);
      if (key === undefined) throw malformed(`Policy has an invalid condition key: ${name}`);
      const values = readValues(value);
      conditions.push({ operator, key, values, comparison: compile(operator, values, options) });
    }
  }
  return conditions;
}

function readValues(value: JsonValue): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  if (values.length === 0) throw malformed("A condition needs at least one value");
  return values.map((item) => {
    if (typeof item === "string") return item;
    if (typeof item === "number" || typeof item === "boolean") return String(item);
    throw malformed("Condition values must be strings, numbers or booleans");
  });
}

function compile(operator: string, values: readonly string[], options: { readonly variables: boolean }): Comparison {
  const [, prefix, name = ""] = /^(?:(ForAllValues|ForAnyValue):)?(\w+)$/i.exec(operator) ?? [];
  const lower = name.toLowerCase();
  if (lower === "null" && prefix === undefined) return { kind: "null", isAbsent: readNull(values) };
  const ifExists = lower.endsWith("ifexists");
  const known = operators.get(ifExists ? lower.slice(0, -"ifexists".length) : lower);
  if (known === undefined) throw malformed(`Invalid Condition type : ${operator}`);
  return {
    kind: "compare",
    set: prefix === undefined ? "none" : prefix.toLowerCase() === "forallvalues" ? "all" : "any",
    isNegated: known.isNegated,
    ifExists,
    matchers: known.compile(values, options),
  };
}

function readNull(values: readonly string[]): boolean {
  const [value = "", ...others] = values.map((text) => text.toLowerCase());
  if (others.length > 0 || (value !== "true" && value !== "false")) {
    throw malformed("The condition operator Null takes one value, true or false");
  }
  return value === "true";
}
