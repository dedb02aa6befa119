import { parseStatement } from "../parse-statement.ts";
import type { Policy } from "../policy.ts";
import type { JsonValue } from "../read-json.ts";
import type { BucketTarget, Scope, ScopeAccess } from "./scope.ts";

export interface CompileScopeOptions {
  /** The buckets that a project has now. Of a project that does not exist: none. */
  readonly bucketsOf: (project: string) => readonly string[];
}

/**
 * Turns a scope into a policy of an identity, as {@link parsePolicy} returns one without a `bucket`. It is a cap: what it does not
 * allow is refused, and what it allows is still for others to decide.
 *
 * Statements are named after what they are about: `ScopeFull`, `ScopeReadOnly`, `ScopeReadObjects`, `ScopeReadWrite`, `ScopeListing`,
 * `ScopeLocation`;
 * a Deny is `ScopeSourceNetworks` or `ScopeProjectWithoutBuckets`.
 *
 * @example
 * const cap = compileScope(parseScope(stored), { bucketsOf: () => [] });
 * const isCapped = evaluatePolicy([cap], request).outcome !== "allow";
 */
export function compileScope(scope: Scope, options: CompileScopeOptions): Policy {
  // Without the parser's cap on the text: a project may have more buckets than a policy can name.
  const statements = statementsOf(scope, options).map((members) =>
    parseStatement(toJson(members), { bucket: undefined, variables: true }),
  );
  return { version, statements };
}

/** What {@link compileScope} makes, as the text of a policy: for what takes no scope, such as a session. */
export function writeScopePolicy(scope: Scope, options: CompileScopeOptions): string {
  return JSON.stringify({ Version: version, Statement: statementsOf(scope, options) });
}

const version = "2012-10-17";

function statementsOf(
  { access, on, sourceNetworks }: Scope,
  { bucketsOf }: CompileScopeOptions,
): readonly PlainObject[] {
  return [
    ...(on !== undefined && "bucket" in on ? bucketStatements(access, on) : wideStatements(access, on, bucketsOf)),
    // As a Deny it is what a refusal names, also where an Allow would have fitted. Without an address it applies.
    ...(sourceNetworks === undefined ? [] : [networkStatement(sourceNetworks)]),
  ];
}

const actionsOf: Readonly<Record<ScopeAccess, readonly string[]>> = {
  full: ["s3:*"],
  "read-only": ["s3:Get*", "s3:List*"],
  "read-objects": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"],
  "read-write": [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:GetBucketLocation",
  ],
};

const listingsOf: Readonly<Record<ScopeAccess, readonly string[]>> = {
  full: ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"],
  "read-only": ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"],
  "read-objects": ["s3:ListBucket"],
  "read-write": ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
};

const sids: Readonly<Record<ScopeAccess, string>> = {
  full: "ScopeFull",
  "read-only": "ScopeReadOnly",
  "read-objects": "ScopeReadObjects",
  "read-write": "ScopeReadWrite",
};

function wideStatements(
  access: ScopeAccess,
  on: { readonly project: string } | undefined,
  bucketsOf: CompileScopeOptions["bucketsOf"],
): readonly PlainObject[] {
  // Only `*` covers the service itself: nothing narrower lists all buckets.
  if (on === undefined) return [allow(sids[access], actionsOf[access], ["*"])];
  const buckets = bucketsOf(on.project);
  if (buckets.length === 0) {
    return [{ Sid: "ScopeProjectWithoutBuckets", Effect: "Deny", Action: "s3:*", Resource: "*" }];
  }
  return [allow(sids[access], actionsOf[access], buckets.flatMap(wholeBucket))];
}

function bucketStatements(access: ScopeAccess, { bucket, prefix, createdAt }: BucketTarget): readonly PlainObject[] {
  const condition = {
    ...(createdAt !== undefined && { StringEquals: { "stave:BucketCreatedAt": createdAt } }),
  };
  if (prefix === undefined) return [allow(sids[access], actionsOf[access], wholeBucket(bucket), condition)];
  return [
    // Of the bucket itself only what follows: who may change it, or read how it is set up, is not held back by a prefix.
    allow(sids[access], actionsOf[access], [objects(bucket, prefix)], condition),
    allow("ScopeListing", listingsOf[access], [arn(bucket)], {
      ...condition,
      StringLike: { "s3:prefix": `${literal(prefix)}*` },
    }),
    allow("ScopeLocation", ["s3:GetBucketLocation"], [arn(bucket)], condition),
  ];
}

function networkStatement(sourceNetworks: readonly string[]): PlainObject {
  return {
    Sid: "ScopeSourceNetworks",
    Effect: "Deny",
    Action: "s3:*",
    Resource: "*",
    Condition: { NotIpAddress: { "aws:SourceIp": sourceNetworks } },
  };
}

function allow(
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  condition: PlainObject = {},
): PlainObject {
  const isConditional = Object.keys(condition).length > 0;
  return {
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: resources,
    ...(isConditional && { Condition: condition }),
  };
}

function wholeBucket(bucket: string): readonly string[] {
  return [arn(bucket), objects(bucket, "")];
}

function objects(bucket: string, prefix: string): string {
  return `${arn(bucket)}/${literal(prefix)}*`;
}

function arn(bucket: string): string {
  return `arn:aws:s3:::${literal(bucket)}`;
}

/** As itself in a pattern: without wildcards and variables. */
function literal(text: string): string {
  return text.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}

type PlainObject = { readonly [name: string]: string | readonly string[] | PlainObject };

function toJson(value: PlainObject | string | readonly string[]): JsonValue {
  if (typeof value === "string" || isList(value)) return value;
  return new Map(Object.entries(value).map(([name, member]) => [name, toJson(member)]));
}

function isList(value: PlainObject | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}
