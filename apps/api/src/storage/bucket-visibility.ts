import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";

export type Visibility = "private" | "public-read";

type Statement = Readonly<Record<string, unknown>>;
type Policy = { readonly Version?: unknown; readonly Statement?: unknown };

const statementId = "StavePublicRead";

/** Whether everybody may read the objects of a bucket: its policy says so, and its public access block does not overrule it. */
export async function readVisibility(client: S3Client, bucket: string): Promise<Visibility> {
  const statements = statementsOf(await readPolicy(client, bucket));
  if (!statements.some((statement) => isPublicRead(statement, bucket))) return "private";
  return (await readBlock(client, bucket)).restricts ? "private" : "public-read";
}

/** Changes nothing else of the policy. Throws a {@link Problem} when the public access block of the bucket stands against it. */
export async function writeVisibility(client: S3Client, bucket: string, visibility: Visibility): Promise<void> {
  const policy = await readPolicy(client, bucket);
  const others = statementsOf(policy).filter((statement) => !isPublicRead(statement, bucket));
  if (visibility === "private") {
    if (policy === undefined || others.length === statementsOf(policy).length) return;
    if (others.length === 0) await client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
    else await putPolicy(client, bucket, { ...policy, Statement: others });
    return;
  }
  const block = await readBlock(client, bucket);
  if (block.refuses || block.restricts) {
    throw new Problem("CONFLICT", {
      detail: "The public access block of the bucket refuses public policies.",
      nextActions: ["Change the public access block of the bucket first."],
    });
  }
  if (others.length < statementsOf(policy).length) return;
  const Statement = [...others, publicRead(bucket)];
  await putPolicy(client, bucket, { Version: "2012-10-17", ...policy, Statement });
}

function publicRead(bucket: string): Statement {
  return {
    Sid: statementId,
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${bucket}/*`,
  };
}

/** Any statement that does this and has no condition, whoever has written it. */
function isPublicRead(statement: Statement, bucket: string): boolean {
  const { Effect, Principal, Action, Resource, Condition, NotPrincipal, NotAction, NotResource } = statement;
  if (Effect !== "Allow" || [Condition, NotPrincipal, NotAction, NotResource].some((part) => part !== undefined)) {
    return false;
  }
  const principal =
    typeof Principal === "object" && Principal !== null && "AWS" in Principal ? Principal.AWS : Principal;
  return (
    isOnly(principal, ["*"]) &&
    isOnly(Action, ["s3:GetObject", "s3:getobject"]) &&
    isOnly(Resource, [`arn:aws:s3:::${bucket}/*`])
  );
}

function isOnly(value: unknown, wanted: readonly string[]): boolean {
  const [only, ...others] = [value].flat();
  return others.length === 0 && typeof only === "string" && wanted.includes(only);
}

function statementsOf(policy: Policy | undefined): readonly Statement[] {
  return [policy?.Statement ?? []]
    .flat()
    .filter((item): item is Statement => typeof item === "object" && item !== null);
}

async function readPolicy(client: S3Client, bucket: string): Promise<Policy | undefined> {
  const { Policy: text } = await client
    .send(new GetBucketPolicyCommand({ Bucket: bucket }))
    .catch(unlessAbsent("NoSuchBucketPolicy", { Policy: undefined }));
  if (text === undefined) return undefined;
  const policy: unknown = JSON.parse(text);
  return typeof policy === "object" && policy !== null ? policy : undefined;
}

async function putPolicy(client: S3Client, bucket: string, policy: Policy): Promise<void> {
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }));
}

async function readBlock(client: S3Client, bucket: string) {
  const { PublicAccessBlockConfiguration: block } = await client
    .send(new GetPublicAccessBlockCommand({ Bucket: bucket }))
    .catch(unlessAbsent("NoSuchPublicAccessBlockConfiguration", { PublicAccessBlockConfiguration: undefined }));
  return { refuses: block?.BlockPublicPolicy === true, restricts: block?.RestrictPublicBuckets === true };
}

/** What was never configured; engines that know no such thing say `NotImplemented`, and have none. */
function unlessAbsent<Value>(code: string, absent: Value): (error: unknown) => Value {
  return (error) => {
    if (error instanceof S3ServiceException && [code, "NotImplemented"].includes(error.name)) return absent;
    throw error;
  };
}
