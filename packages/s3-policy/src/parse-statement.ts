import { actions, type ResourceKind } from "./actions.ts";
import { parseConditions } from "./conditions/parse-conditions.ts";
import { parsePrincipals } from "./parse-principals.ts";
import { parseResource } from "./parse-resource.ts";
import { matchesPattern, type Pattern, parsePattern } from "./pattern.ts";
import type { PatternSet, Principals, Statement } from "./policy.ts";
import { malformed } from "./policy-error.ts";
import type { JsonObject, JsonValue } from "./read-json.ts";
import { indexByBucket } from "./resource-index.ts";

export type StatementOptions = { readonly bucket: string | undefined; readonly variables: boolean };

const members = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

export function parseStatement(entry: JsonValue, options: StatementOptions): Statement {
  if (!(entry instanceof Map)) throw malformed("Statement must be an object");
  const statement: JsonObject = entry;
  for (const name of statement.keys()) if (!members.has(name)) throw malformed(`Unknown field ${name}`);
  const sid = statement.get("Sid");
  if (sid !== undefined && typeof sid !== "string") throw malformed("Invalid policy syntax: Sid");
  const effect = statement.get("Effect");
  if (effect === undefined) throw malformed("Missing required field Effect");
  if (effect !== "Allow" && effect !== "Deny") throw malformed(`Invalid effect: ${text(effect)}`);

  const principals = readPrincipals(statement, { ...options, effect });
  const actionSet = readActions(statement);
  const resources = readResources(statement, options);
  const condition = statement.get("Condition");
  const conditions = condition === undefined ? [] : parseConditions(condition, options);
  // An Allow that never applies grants nothing, and older clients send such; a Deny would be a protection that does not hold.
  if (effect === "Deny" && !actionSet.isNegated && !resources.isNegated) checkKinds(actionSet, resources);
  return {
    ...(sid !== undefined && { sid }),
    effect,
    ...(principals !== undefined && { principals }),
    actions: actionSet,
    resources,
    conditions,
  };
}

function readPrincipals(
  statement: JsonObject,
  { bucket, effect }: StatementOptions & { readonly effect: "Allow" | "Deny" },
): Principals | undefined {
  const element = readEither(statement, "Principal", "NotPrincipal");
  if (bucket === undefined) {
    if (element !== undefined) throw malformed("A policy of an identity must not have a Principal");
    return undefined;
  }
  if (element === undefined) throw malformed("Missing required field Principal");
  if (element.isNegated && effect === "Allow") throw malformed("Allow with NotPrincipal is not allowed.");
  return { isNegated: element.isNegated, members: parsePrincipals(element.value) };
}

function readActions(statement: JsonObject): PatternSet {
  const element = readEither(statement, "Action", "NotAction");
  if (element === undefined) throw malformed("Missing required field Action");
  const patterns = readTexts(element.value, "Policy has invalid action").map((name) => {
    const pattern = parsePattern(name.toLowerCase(), { variables: false, wildcards: true });
    if (kindsOf(pattern).size === 0) throw malformed("Policy has invalid action");
    return pattern;
  });
  return { isNegated: element.isNegated, patterns };
}

function readResources(statement: JsonObject, options: StatementOptions): PatternSet {
  const element = readEither(statement, "Resource", "NotResource");
  if (element === undefined) throw malformed("Missing required field Resource");
  const texts = readTexts(element.value, "Policy has invalid resource");
  const patterns = texts.map((arn) => parseResource(arn, options));
  const byBucket = indexByBucket(patterns);
  return { isNegated: element.isNegated, patterns, ...(byBucket !== undefined && { byBucket }) };
}

function readEither(
  statement: JsonObject,
  name: string,
  negatedName: string,
): { readonly isNegated: boolean; readonly value: JsonValue } | undefined {
  const value = statement.get(name);
  const negated = statement.get(negatedName);
  if (value !== undefined && negated !== undefined)
    throw malformed(`${name} and ${negatedName} cannot both be present`);
  if (value !== undefined) return { isNegated: false, value };
  return negated === undefined ? undefined : { isNegated: true, value: negated };
}

function readTexts(value: JsonValue, message: string): readonly string[] {
  const items = Array.isArray(value) ? value : [value];
  if (items.length === 0) throw malformed(message);
  return items.map((item) => {
    if (typeof item !== "string" || item === "") throw malformed(message);
    return item;
  });
}

function checkKinds(actionSet: PatternSet, resources: PatternSet): void {
  const hasBucket = resources.patterns.some(({ source }) => !source.includes("/"));
  const hasObject = resources.patterns.some(({ source }) => source.includes("/") || source.includes("*"));
  for (const pattern of actionSet.patterns) {
    const kinds = kindsOf(pattern);
    if ((kinds.has("bucket") && hasBucket) || (kinds.has("object") && hasObject) || kinds.has("service")) continue;
    throw malformed("Action does not apply to any resource(s) in statement");
  }
}

function kindsOf(pattern: Pattern): ReadonlySet<ResourceKind> {
  const matching = actionNames.filter(([name]) => matchesPattern(pattern, name, () => undefined) === true);
  return new Set(matching.map(([, kind]) => kind));
}

const actionNames = [...actions].map(([name, kind]) => [name.toLowerCase(), kind] as const);

function text(value: JsonValue): string {
  return typeof value === "string" ? value : "not a string";
}
