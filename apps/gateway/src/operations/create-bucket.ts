import { type ObjectStore, StoreError } from "@stave/object-store";
import { cannedAclGrants } from "@stave/s3-policy";
import { parseCreateBucketConfiguration, writeOwnershipControls } from "@stave/s3-xml";
import { readDocument } from "../body/read-document.ts";
import { defaultOwnership, type ObjectOwnership, objectOwnerships } from "../configuration/access-rules.ts";
import { resolveGrants } from "../configuration/resolve-grants.ts";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import { readAclHeaders } from "../headers/acl-headers.ts";
import { checkBucketName } from "../headers/bucket-name.ts";
import type { S3Response } from "../http/s3-response.ts";
import { storedAcl } from "./bucket-acl.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";
import { invalidBucketAcl } from "./ownership-controls.ts";

/**
 * CreateBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 *
 * Throws `InvalidBucketName`, `InvalidLocationConstraint`, `BucketAlreadyExists`, and `BucketAlreadyOwnedByYou` in every
 * region: the 200 that us-east-1 keeps for old clients hides mistakes.
 */
export async function createBucket(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { store, region } = context;
  const { bucket, account, headers } = request;
  checkBucketName(bucket);
  const ownership = readOwnership(headers["x-amz-object-ownership"], context);
  const hasObjectLock = readLockEnabled(headers["x-amz-bucket-object-lock-enabled"]);
  const acl = readAcl(context, request, ownership);
  const document = await readDocument(request.body);
  if (document.length > 0) {
    const { locationConstraint, otherMembers } = parseCreateBucketConfiguration(document);
    if (otherMembers[0] !== undefined) throw notImplemented({ parameter: otherMembers[0] });
    checkLocation(locationConstraint, region);
  }

  await create(store, { name: bucket, ownerId: account.id, hasObjectLock }, acl);
  // Each of these only opens the bucket, which is its owner's alone until then.
  if (ownership !== undefined) {
    const document = writeOwnershipControls({ objectOwnership: ownership });
    await store.putBucketConfiguration(bucket, "ownershipControls", document);
  }
  if (acl !== undefined) await store.putBucketConfiguration(bucket, "acl", acl);
  return { status: 200, headers: { location: `/${bucket}` } };
}

async function create(
  store: ObjectStore,
  bucket: Parameters<ObjectStore["createBucket"]>[0],
  acl: string | undefined,
): Promise<void> {
  try {
    await store.createBucket(bucket);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "BucketAlreadyOwnedByYou") throw error;
    const { documents } = await store.readBucketConfigurations(bucket.name);
    // "You have it already" would say that the bucket is as it was asked for.
    if (documents.get("acl") === acl) throw error;
    throw new S3Error("BucketAlreadyExists", "The bucket exists already, with another access control list.", {
      cause: error,
      elements: { BucketName: bucket.name },
    });
  }
}

/** Undefined for what holds of every bucket that says nothing. */
function readOwnership(text: string | undefined, { objectOwnership }: OperationContext): ObjectOwnership | undefined {
  if (text === undefined) return objectOwnership === defaultOwnership ? undefined : objectOwnership;
  const ownership = objectOwnerships.find((name) => name === text);
  if (ownership !== undefined) return ownership;
  throw new S3Error("InvalidArgument", "Invalid x-amz-object-ownership header", {
    elements: { ArgumentName: "x-amz-object-ownership", ArgumentValue: text },
  });
}

function readLockEnabled(text: string | undefined): boolean {
  const isEnabled = text?.toLowerCase() ?? "false";
  if (isEnabled === "true" || isEnabled === "false") return isEnabled === "true";
  throw new S3Error("InvalidArgument", "Invalid x-amz-bucket-object-lock-enabled header", {
    elements: { ArgumentName: "x-amz-bucket-object-lock-enabled", ArgumentValue: isEnabled },
  });
}

/** The ACL as it is kept; undefined for one that need not be. Throws `InvalidBucketAclWithObjectOwnership` where ACLs are off. */
function readAcl(
  { accounts }: OperationContext,
  { account, headers }: BodyRequest,
  ownership: ObjectOwnership | undefined,
): string | undefined {
  const asked = readAclHeaders(headers);
  if (asked === undefined) return undefined;
  const ownerId = account.id;
  const grants = "canned" in asked ? cannedAclGrants(asked.canned, { ownerId }) : resolveGrants(asked.grants, accounts);
  const acl = storedAcl(grants, ownerId);
  if (acl !== undefined && ownership === "BucketOwnerEnforced") throw invalidBucketAcl();
  return acl;
}

function checkLocation(constraint: string | undefined, region: string): void {
  if (constraint === undefined || constraint === region) return;
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(constraint)) {
    throw new S3Error(
      "IllegalLocationConstraintException",
      `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to: this server is ${region}.`,
    );
  }
  throw new S3Error(
    "InvalidLocationConstraint",
    `The specified location-constraint is not valid: this server is ${region}.`,
    {
      elements: { LocationConstraint: constraint },
    },
  );
}
