import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";
import { statusOf } from "../services/describe-s3-error.ts";
import { until } from "../transfer/retry.ts";

const sid = "StaveMigrationReadOnly";

/** What changes objects. Nobody may, the owner neither: a Deny of the bucket's policy wins. */
const writes = [
  "s3:PutObject",
  "s3:PutObjectAcl",
  "s3:PutObjectVersionAcl",
  "s3:PutObjectTagging",
  "s3:PutObjectVersionTagging",
  "s3:PutObjectRetention",
  "s3:PutObjectLegalHold",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:DeleteObjectTagging",
  "s3:DeleteObjectVersionTagging",
];

type Policy = { readonly Version?: string; readonly Statement?: unknown };
type FenceOptions = { readonly signal: AbortSignal };

/** From the next request on nobody changes an object of the bucket. Its own policy stays in force beside. */
export async function fenceBucket(client: S3Client, bucket: string, { signal }: FenceOptions): Promise<void> {
  const policy = await readPolicy(client, bucket, signal);
  const statements = statementsOf(policy);
  if (statements.some(isFence)) return;
  const fence = { Sid: sid, Effect: "Deny", Principal: "*", Action: writes, Resource: `arn:aws:s3:::${bucket}/*` };
  await putPolicy(client, bucket, { Version: "2012-10-17", ...policy, Statement: [...statements, fence] }, signal);
}

/** As it was before. A bucket that is gone, or has no fence, is left. */
export async function openBucket(client: S3Client, bucket: string, { signal }: FenceOptions): Promise<void> {
  const policy = await readPolicy(client, bucket, signal);
  const statements = statementsOf(policy);
  if (!statements.some(isFence)) return;
  const rest = statements.filter((statement) => !isFence(statement));
  if (rest.length === 0) {
    await client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }), until(signal));
    return;
  }
  await putPolicy(client, bucket, { ...policy, Statement: rest }, signal);
}

/** A policy as its owner has written it; undefined when nothing is left of it. */
export function withoutFence(policy: unknown): unknown {
  if (policy === undefined || policy === null) return undefined;
  const statements = statementsOf(policy as Policy);
  if (!statements.some(isFence)) return policy;
  const Statement = statements.filter((statement) => !isFence(statement));
  return Statement.length === 0 ? undefined : { ...(policy as Policy), Statement };
}

function statementsOf({ Statement = [] }: Policy): readonly unknown[] {
  return Array.isArray(Statement) ? Statement : [Statement];
}

function isFence(statement: unknown): boolean {
  return (statement as { readonly Sid?: unknown }).Sid === sid;
}

async function readPolicy(client: S3Client, Bucket: string, signal: AbortSignal): Promise<Policy> {
  try {
    const { Policy = "{}" } = await client.send(new GetBucketPolicyCommand({ Bucket }), until(signal));
    return JSON.parse(Policy);
  } catch (error) {
    if (statusOf(error) === 404) return {};
    throw error;
  }
}

async function putPolicy(client: S3Client, Bucket: string, policy: Policy, signal: AbortSignal): Promise<void> {
  try {
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }), until(signal));
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || status >= 500 || status === 429) throw error;
    throw new Problem("CONFLICT", { detail: `The policy of ${Bucket} cannot be changed.`, cause: error });
  }
}
