import { blocksPolicy, isPublicGrant, isPublicPolicy, maxPolicyBytes, parsePolicy } from "@stave/s3-policy";
import { writePolicyStatus } from "@stave/s3-xml";
import { authorizationOf } from "../auth/authorization.ts";
import { accessDenied } from "../auth/decide.ts";
import { readDocument } from "../body/read-document.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { BodyRequest, OperationContext, OperationRequest } from "./operation.ts";
import { deleteStored } from "./stored-configuration.ts";

/** A policy, and what else a client may send with one before it is refused for its size. */
export const maxPolicyBodyBytes = maxPolicyBytes + 1;

/** GetBucketPolicy, the text as it was put: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
export async function getBucketPolicy(_: OperationContext, request: OperationRequest): Promise<S3Response> {
  const text = (await request.configurations()).text("policy");
  if (text === undefined) {
    throw new S3Error("NoSuchBucketPolicy", "The bucket policy does not exist", {
      elements: { BucketName: request.bucket },
    });
  }
  const bytes = Buffer.from(text);
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    content: { sizeBytes: bytes.length, bytes, chunks: async function* () {}, close: async () => {} },
  };
}

/**
 * PutBucketPolicy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 *
 * Throws `MalformedPolicy` for what could not be enforced, `AccessDenied` for a public policy where those are blocked.
 */
export async function putBucketPolicy(context: OperationContext, request: BodyRequest): Promise<S3Response> {
  const { bucket } = request;
  const text = decode(await readDocument(request.body));
  const policy = parsePolicy(text, { bucket });
  if (blocksPolicy(authorizationOf(request).rules.block, policy))
    throw accessDenied(context, { reason: "public-access-block" });
  await context.store.putBucketConfiguration(bucket, "policy", text);
  return { status: 204 };
}

/** DeleteBucketPolicy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export const deleteBucketPolicy = deleteStored("policy");

/**
 * GetBucketPolicyStatus, whether strangers may get in by the bucket's policy or its ACL; a bucket without either is not public:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
 */
export async function getBucketPolicyStatus(_: OperationContext, request: OperationRequest): Promise<S3Response> {
  const { policy, grants = [], block, ownership } = authorizationOf(request).rules;
  const isPublicByPolicy = policy !== undefined && isPublicPolicy(policy) && !block.restrictPublicBuckets;
  const hasAcl = ownership !== "BucketOwnerEnforced" && !block.ignorePublicAcls;
  const isPublic = isPublicByPolicy || (hasAcl && grants.some(isPublicGrant));
  return { status: 200, xml: writePolicyStatus({ isPublic }) };
}

function decode(document: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document);
  } catch (cause) {
    throw new S3Error("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'", { cause });
  }
}
