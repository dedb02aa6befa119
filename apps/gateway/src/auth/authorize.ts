import type { Bucket, ObjectStore, ObjectVersion } from "@stave/object-store";
import {
  copySourceRequirements,
  operationRequirements,
  type RequestTraits,
  type Requirement,
  type S3Action,
} from "@stave/s3-policy";
import type { Accounts } from "../accounts.ts";
import { accessRules, noRules } from "../configuration/access-rules.ts";
import {
  type BucketConfigurations,
  type ConfigurationCache,
  noConfigurations,
} from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkVersionId } from "../headers/version-id.ts";
import { missingVersion } from "../operations/missing-version.ts";
import type { OperationName } from "../routing/routes.ts";
import type { Authorization } from "./authorization.ts";
import type { ConditionSource } from "./condition-values.ts";
import { accessDenied, decide, refusingCap, type Verdict } from "./decide.ts";
import { anonymousIdentity, type Identity } from "./identity.ts";

export type AccessRequest = Pick<
  Authorization,
  "operation" | "authType" | "key" | "versionId" | "query" | "headers" | "receivedAt" | "peer" | "region"
> & {
  /** Undefined: anonymous. */
  readonly identity: Identity | undefined;
  readonly bucket: string;
  /** `x-amz-expected-bucket-owner`, or its source variant. */
  readonly expectedOwner: string | undefined;
};

export type AccessContext = {
  readonly store: ObjectStore;
  readonly configurations: ConfigurationCache;
  readonly accounts: Accounts;
};

export type BucketAccess = {
  readonly bucket: Bucket;
  readonly configurations: BucketConfigurations;
  readonly authorization: Authorization;
};

/**
 * Whether somebody may do something with a bucket or what is in it. Denies by default.
 *
 * For {@link decidedWithObject} the decision needs the object, which they read anyway: they ask {@link checkObject}.
 *
 * Throws `NoSuchBucket`, also for anonymous requests, as AWS does, and `AccessDenied`.
 */
export async function authorizeBucket(context: AccessContext, access: AccessRequest): Promise<BucketAccess> {
  const found = await findBucket(context, access);
  if (!found.authorization.isUnrestricted || ownersOperations.has(access.operation)) {
    await authorizeOperation(context.store, found.authorization);
  }
  return found;
}

/** As {@link authorizeBucket}, of the object that a copy reads; the caller asks {@link checkObject} when it is open. */
export async function authorizeSource(context: AccessContext, access: AccessRequest): Promise<Authorization> {
  return (await findBucket(context, access)).authorization;
}

/**
 * Any account may list its buckets and create one, with a key that is not limited to other things; nobody may without signing. Throws
 * `AccessDenied`.
 */
export function authorizeAccount(access: AccessRequest): Identity {
  const { identity, operation } = access;
  if (identity === undefined) throw accessDenied(access, { reason: "not-signed" });
  if (identity.caps.length === 0) return identity;
  const source: ConditionSource = { ...access, identity, account: identity.account, bucket: undefined };
  for (const requirement of operationRequirements(operation, traitsOf(access))) {
    const cap = refusingCap(source, requirement, { bucketName: access.bucket });
    if (cap === undefined) continue;
    throw accessDenied(access, {
      reason: "not-allowed",
      requirement,
      verdict: { allowedBy: undefined, decision: undefined, cap },
    });
  }
  return identity;
}

/**
 * Operations that read the object anyway, and ask {@link checkObject} before they tell anything of it; and PutObjectTagging, whose
 * body says which tags are asked for.
 */
const decidedWithObject: ReadonlySet<OperationName> = new Set([
  "GetObject",
  "GetObjectAttributes",
  "HeadObject",
  "PutObjectTagging",
]);

/** For these it counts whose the object is, even for the owner of the bucket. */
const ownersOperations: ReadonlySet<string> = new Set(["GetObjectAcl", "PutObjectAcl"]);

/** All that a policy or an ACL may let anybody do. Everything else is for those who sign. */
const anonymousOperations: ReadonlySet<OperationName> = new Set([
  "DeleteObject",
  "DeleteObjects",
  "GetBucketAcl",
  "GetBucketLocation",
  "GetBucketPolicyStatus",
  "GetBucketVersioning",
  "GetObject",
  "GetObjectAcl",
  "GetObjectTagging",
  "HeadBucket",
  "HeadObject",
  "ListMultipartUploads",
  "ListObjects",
  "ListObjectsV2",
  "ListObjectVersions",
  "PostObject",
  "PutObject",
]);

async function findBucket(
  { store, configurations, accounts }: AccessContext,
  access: AccessRequest,
): Promise<BucketAccess> {
  const { identity = anonymousIdentity, expectedOwner } = access;
  const bucket = await store.readBucket(access.bucket);
  if (bucket === undefined) throw noSuchBucket(access.bucket);
  if (expectedOwner !== undefined && expectedOwner !== bucket.ownerId)
    throw accessDenied(access, { reason: "other-owner" });
  // The keys of a suspended account open nothing anyway.
  const isSuspended = identity.account.id !== bucket.ownerId && accounts.isSuspended(bucket.ownerId);
  if (isSuspended === true || (isSuspended !== false && (await isSuspended))) {
    throw new S3Error("AllAccessDisabled", "All access to this bucket has been disabled.");
  }
  const cached = configurations.of(bucket);
  const configuration = cached instanceof Promise ? await cached : cached;
  const rules = configuration === noConfigurations ? noRules : accessRules(configuration, bucket.name);
  // Of every request: no spread, which would cost more than all else here.
  const authorization: Authorization = {
    operation: access.operation,
    identity,
    account: identity.account,
    authType: access.authType,
    bucket,
    rules,
    isUnrestricted: identity.account.id === bucket.ownerId && rules.policy === undefined && identity.caps.length === 0,
    key: access.key,
    versionId: access.versionId,
    query: access.query,
    headers: access.headers,
    receivedAt: access.receivedAt,
    peer: access.peer,
    region: access.region,
  };
  return { bucket, configurations: configuration, authorization };
}

async function authorizeOperation(store: ObjectStore, authorization: Authorization): Promise<void> {
  const { operation, identity, rules, bucket, account, query } = authorization;
  if (identity.requester.kind === "anonymous") {
    if (!anonymousOperations.has(operation)) throw accessDenied(authorization, { reason: "not-signed" });
    refuseOverrides(query);
  }
  if (operation === "DeleteObjects") {
    // Each key is decided on its own. Where nobody is let in, the document need not be read.
    const isClosed = rules.policy === undefined && rules.grants === undefined && account.id !== bucket.ownerId;
    if (isClosed) throw accessDenied(authorization, { reason: "closed-bucket" });
    return;
  }
  if (operation === "DeleteObject") return authorizeDelete(store, authorization);
  if (decidedWithObject.has(operation)) return;
  const requirements = requirementsOf(authorization);
  if (isAboutStoredObject(requirements)) return authorizeStoredObject(store, authorization);
  for (const requirement of requirements) {
    const object = await objectFor(store, authorization, requirement);
    const verdict = decide(authorization, requirement, object);
    if (verdict.allowedBy === undefined && !(await isOwnUpload(store, authorization, verdict))) {
      throw accessDenied(authorization, { reason: "not-allowed", requirement, verdict, object });
    }
  }
}

/**
 * Whether this key, or version of it, may be deleted. A bucket's ACL lets people delete what is theirs, and not what others
 * have written. Throws `AccessDenied`.
 */
export async function authorizeDelete(store: ObjectStore, authorization: Authorization): Promise<void> {
  const { bucket, key, versionId, account } = authorization;
  for (const requirement of operationRequirements("DeleteObject", traitsOf(authorization))) {
    const current = await objectFor(store, authorization, requirement);
    const verdict = decide(authorization, requirement, current);
    if (verdict.allowedBy === undefined)
      throw accessDenied(authorization, { reason: "not-allowed", requirement, verdict, object: current });
    if (verdict.allowedBy !== "acl" || requirement.acl?.of !== "bucket") continue;
    const object = await store.headObject({ bucket: bucket.name, key }, versionId);
    if (object !== undefined && object.ownerId !== account.id) {
      throw accessDenied(authorization, { reason: "object-of-another", requirement, object });
    }
  }
}

/** What a write or a delete compares with an ETag: reading it is decided by whose it is and by its ACL. */
async function objectFor(
  store: ObjectStore,
  { bucket, key }: Authorization,
  { acl, isOwnersRight }: Requirement,
): Promise<ObjectVersion | undefined> {
  if (acl?.of !== "object" || isOwnersRight === true) return undefined;
  const object = await store.headObject({ bucket: bucket.name, key });
  return object === undefined || object.isDeleteMarker ? undefined : object;
}

/** Throws `AccessDenied` unless the requester may do what it asks with this version. */
export function checkObject(authorization: Authorization, object: ObjectVersion): void {
  if (authorization.isUnrestricted && object.ownerId === authorization.bucket.ownerId) return;
  requireAll(authorization, requirementsOf(authorization), object);
}

/** As {@link checkObject}, for what a copy reads. */
export function requireRead(
  authorization: Authorization,
  object: ObjectVersion,
  { copiesTags }: { readonly copiesTags: boolean },
): void {
  if (authorization.isUnrestricted && object.ownerId === authorization.bucket.ownerId) return;
  const hasVersionId = authorization.versionId !== undefined;
  requireAll(authorization, copySourceRequirements({ hasVersionId, copiesTags }), object);
}

function requireAll(
  authorization: Authorization,
  requirements: readonly Requirement[],
  object: ObjectVersion | undefined,
): void {
  for (const requirement of requirements) {
    const verdict = decide(authorization, requirement, object);
    if (verdict.allowedBy === undefined)
      throw accessDenied(authorization, { reason: "not-allowed", requirement, verdict, object });
  }
}

/** Only who may list a bucket learns that a key is missing; everybody else gets `AccessDenied` instead of `missing`. */
export function missingObject(authorization: Authorization, missing: S3Error): S3Error {
  if (authorization.isUnrestricted) return missing;
  const question = { ...authorization, missingKey: authorization.key };
  const [requirement] = operationRequirements("ListObjects");
  if (requirement === undefined) return accessDenied(authorization, { reason: "hidden-key" });
  const verdict = decide(question, requirement, undefined);
  const isKnown = verdict.allowedBy !== undefined;
  return isKnown ? missing : accessDenied(authorization, { reason: "hidden-key", requirement, verdict });
}

async function authorizeStoredObject(store: ObjectStore, authorization: Authorization): Promise<void> {
  const { bucket, key } = authorization;
  const versionId = checkVersionId(authorization.versionId);
  const object = await store.headObject({ bucket: bucket.name, key }, versionId);
  if (object !== undefined && !object.isDeleteMarker) return checkObject(authorization, object);
  if (!authorization.isUnrestricted) throw missingObject(authorization, missingVersion(object, { key, versionId }));
}

/** Who began an upload may look at it and end it. */
async function isOwnUpload(store: ObjectStore, authorization: Authorization, verdict: Verdict): Promise<boolean> {
  const { operation, bucket, key, query, account, identity } = authorization;
  if (operation !== "AbortMultipartUpload" && operation !== "ListParts") return false;
  if (verdict.cap !== undefined || verdict.decision?.outcome === "deny") return false;
  if (identity.requester.kind !== "user") return false;
  const upload = await store.readUpload({ bucket: bucket.name, key, uploadId: query.get("uploadId") ?? "" });
  return upload?.ownerId === account.id;
}

/** The decision needs to know whose object it is, its ACL or its tags. */
function isAboutStoredObject([first]: readonly Requirement[]): boolean {
  return first?.on === "object" && !decidedByBucket.has(first.action);
}

/** What writes and deletes objects is the bucket's to allow. */
const decidedByBucket: ReadonlySet<S3Action> = new Set([
  "s3:AbortMultipartUpload",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:ListMultipartUploadParts",
  "s3:PutObject",
]);

function requirementsOf(authorization: Authorization): readonly Requirement[] {
  return operationRequirements(authorization.operation, traitsOf(authorization));
}

function traitsOf({ headers, versionId }: Pick<Authorization, "headers" | "versionId">): RequestTraits {
  return {
    hasVersionId: versionId !== undefined,
    hasAcl: Object.keys(headers).some((name) => name === "x-amz-acl" || name.startsWith("x-amz-grant-")),
    hasTags: headers["x-amz-tagging"] !== undefined,
    hasRetention: headers["x-amz-object-lock-mode"] !== undefined,
    hasLegalHold: headers["x-amz-object-lock-legal-hold"] !== undefined,
    bypassesGovernance: headers["x-amz-bypass-governance-retention"]?.toLowerCase() === "true",
    comparesEtag: isEtag(headers["if-match"]) || isEtag(headers["if-none-match"]),
  };
}

function isEtag(condition: string | undefined): boolean {
  return condition !== undefined && condition !== "*";
}

/** They could make a stranger's page of somebody's picture: only who signs may say how an object is shown. */
function refuseOverrides(query: ReadonlyMap<string, string>): void {
  for (const name of query.keys()) {
    if (!name.startsWith("response-")) continue;
    throw new S3Error("InvalidRequest", "Request specific response headers cannot be used for anonymous GET requests.");
  }
}

export function noSuchBucket(name: string): S3Error {
  return new S3Error("NoSuchBucket", "The specified bucket does not exist", { elements: { BucketName: name } });
}
