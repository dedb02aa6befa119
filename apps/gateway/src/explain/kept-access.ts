import {
  evaluateAcl,
  type PolicyDecision,
  type Requirement,
  restrictsRequester,
  type S3Action,
  type StatementResult,
} from "@stave/s3-policy";
import type { Authorization } from "../auth/authorization.ts";
import { conditionValues } from "../auth/condition-values.ts";
import { type AccessRefusal, objectGrants } from "../auth/decide.ts";
import type { RefusedAccess, RefusedObject } from "../auth/refused-access.ts";
import type { ObjectOwnership } from "../configuration/access-rules.ts";
import { blanked, flat } from "./redact-request.ts";

/** What was decided about access, as facts: the rules that it was decided by may have changed by the time somebody asks. */
export type KeptAccess = {
  /**
   * Who or what said no. `key-limit`: what the key is limited to, its scope for example. `policy`: a Deny of the bucket's policy.
   * `not-allowed`: nothing allows it.
   */
  readonly by: AccessRefusal["reason"] | "key-limit" | "policy";
  readonly action?: S3Action;
  /** `bucket` or `bucket/key`. */
  readonly resource?: string;
  readonly bucketOwnerId?: string;
  readonly objectOwnerId?: string;
  readonly ownership?: ObjectOwnership;
  readonly hasPolicy?: boolean;
  /** The policy allows it, and `RestrictPublicBuckets` says that this does not count. */
  readonly isRestricted?: boolean;
  /** The ACL that could have allowed it. */
  readonly acl?: {
    readonly of: "bucket" | "object";
    readonly permission: string;
    /** It grants it to everybody, and `IgnorePublicAcls` says that this does not count. */
    readonly isIgnored: boolean;
  };
  /** The key may not list the bucket, whatever its account may: of `hidden-key`. */
  readonly isListingLimited?: boolean;
  /** Of the limit of the key when that said no, else of the bucket's policy. */
  readonly statements: readonly KeptStatement[];
  /** More than there was room for. */
  readonly hasMoreStatements?: boolean;
};

/** What one statement had to say. */
export type KeptStatement = Pick<StatementResult, "statement" | "sid" | "effect" | "applies"> & {
  /** The first element that did not fit. */
  readonly mismatch?: string;
  /** Of a condition: its operator and key, and the values of that key in the request, as far as they are known. */
  readonly condition?: { readonly operator: string; readonly key: string; readonly values?: readonly string[] };
};

const maxSidLength = 64;
const maxValues = 3;
const maxValueLength = 128;
/** What an entry takes beside its texts. */
const statementBytes = 160;

/** Copies what is needed: a kept reference would keep whole configurations that were replaced long ago. */
export function keepAccess({ refusal, authorization }: RefusedAccess, maxBytes: number): KeptAccess {
  const { requirement, verdict, object } = partsOf(refusal);
  const decision = verdict?.cap ?? verdict?.decision;
  const facts = {
    by: blameOf(refusal),
    ...(requirement !== undefined && { action: requirement.action }),
    ...(refusal.reason === "hidden-key" && verdict?.cap !== undefined && { isListingLimited: true }),
    ...(object !== undefined && { objectOwnerId: object.ownerId }),
    ...(authorization !== undefined && factsOf(authorization, { requirement, object, decision })),
  };
  const source = authorization && { ...authorization, missingKey: authorization.key };
  const subject = refusal.reason === "hidden-key" ? source : authorization;
  const statements = keepStatements(decision, maxBytes - 2 * (facts.resource?.length ?? 0), (key) =>
    subject === undefined ? undefined : shownValues(key, conditionValues(subject, object)(key)),
  );
  const hasMoreStatements = statements.length < (decision?.statements.length ?? 0);
  return { ...facts, statements, ...(hasMoreStatements && { hasMoreStatements }) };
}

/** About what it takes in memory. */
export function accessBytes({ statements, resource = "" }: KeptAccess): number {
  return statements.reduce((sum, it) => sum + bytesOf(it), statementBytes + 2 * resource.length);
}

type Parts = {
  readonly requirement?: Pick<Requirement, "action" | "on" | "acl"> | undefined;
  readonly verdict?: { readonly cap?: PolicyDecision; readonly decision: PolicyDecision | undefined } | undefined;
  readonly object?: RefusedObject | undefined;
};

function partsOf(refusal: AccessRefusal): Parts {
  return "requirement" in refusal ? refusal : {};
}

function blameOf(refusal: AccessRefusal): KeptAccess["by"] {
  if (refusal.reason !== "not-allowed") return refusal.reason;
  const { cap, decision } = refusal.verdict;
  if (cap !== undefined) return "key-limit";
  return decision?.outcome === "deny" ? "policy" : "not-allowed";
}

function factsOf(
  authorization: Authorization,
  {
    requirement,
    object,
    decision,
  }: Pick<Parts, "requirement" | "object"> & { readonly decision: PolicyDecision | undefined },
) {
  const { bucket, key, rules } = authorization;
  const { requester } = authorization.identity;
  const isRestricted =
    decision?.outcome === "allow" &&
    rules.policy !== undefined &&
    restrictsRequester(rules.block, { policy: rules.policy, requester, ownerAccountId: bucket.ownerId });
  const acl = keepAcl(authorization, requirement?.acl, object);
  return {
    resource: flat(requirement?.on === "bucket" || key === "" ? bucket.name : `${bucket.name}/${key}`),
    bucketOwnerId: bucket.ownerId,
    ownership: rules.ownership,
    hasPolicy: rules.policy !== undefined,
    ...(isRestricted && { isRestricted }),
    ...(acl !== undefined && { acl }),
  };
}

function keepAcl(
  { rules, bucket, identity: { requester } }: Authorization,
  acl: Requirement["acl"],
  object: RefusedObject | undefined,
): KeptAccess["acl"] {
  if (acl === undefined || rules.ownership === "BucketOwnerEnforced") return undefined;
  const ownerId = acl.of === "bucket" ? bucket.ownerId : (object?.ownerId ?? bucket.ownerId);
  const grants = acl.of === "bucket" ? (rules.grants ?? []) : objectGrants(object);
  const isIgnored =
    rules.block.ignorePublicAcls &&
    evaluateAcl({ ownerId, grants }, { requester, permission: acl.permission }).isAllowed;
  return { of: acl.of, permission: acl.permission, isIgnored };
}

type ReadValues = (key: string) => readonly string[] | undefined;

function keepStatements(
  decision: PolicyDecision | undefined,
  maxBytes: number,
  valuesOf: ReadValues,
): readonly KeptStatement[] {
  const kept: KeptStatement[] = [];
  let bytes = statementBytes;
  for (const result of byWeight(decision?.statements ?? [])) {
    const statement = keepStatement(result, valuesOf);
    bytes += bytesOf(statement);
    if (bytes > maxBytes) break;
    kept.push(statement);
  }
  return kept;
}

function bytesOf({ sid = "", condition }: KeptStatement): number {
  const values = condition?.values ?? [];
  return statementBytes + 2 * values.reduce((sum, value) => sum + value.length, sid.length);
}

/** The decisive ones first, in case there is no room for all. */
function byWeight(statements: readonly StatementResult[]): readonly StatementResult[] {
  const weight = ({ applies, effect }: StatementResult) => (applies ? 0 : effect === "Allow" ? 1 : 2);
  return statements.toSorted((a, b) => weight(a) - weight(b));
}

function keepStatement(
  { statement, sid, effect, applies, mismatch }: StatementResult,
  valuesOf: ReadValues,
): KeptStatement {
  const condition = mismatch?.element === "Condition" ? mismatch : undefined;
  const values = condition && valuesOf(condition.key);
  return {
    statement,
    ...(sid !== undefined && { sid: sid.length > maxSidLength ? flat(sid.slice(0, maxSidLength)) : sid }),
    effect,
    applies,
    ...(mismatch !== undefined && { mismatch: mismatch.element }),
    ...(condition !== undefined && {
      condition: {
        operator: condition.operator,
        key: condition.key,
        ...(values !== undefined && { values }),
      },
    }),
  };
}

function shownValues(key: string, values: readonly string[] = []): readonly string[] {
  if (secretKeys.test(key)) return values.length === 0 ? [] : [blanked];
  // The address of a page may have a token in its query.
  const shown = key === "aws:referer" ? values.map((value) => value.replace(/\?.*$/s, "")) : values;
  return shown.slice(0, maxValues).map((value) => flat(value.slice(0, maxValueLength)));
}

const secretKeys = /customer-key$|security-token$/;
