import type { Account } from "../accounts.ts";
import type { Config } from "../config.ts";
import { usersFile } from "./users-file.ts";

export type WelcomeFacts = {
  readonly config: Config;
  readonly endpoint: string;
  readonly account: Account | undefined;
  /** Whether the account was made by this start. */
  readonly isNew: boolean;
  readonly admin: string;
};

/** What a person needs to store the first object. Snippets stand at the margin: indented Python does not paste. */
export function welcome({ config, endpoint, account, isNew, admin }: WelcomeFacts): string {
  if (account === undefined) return "";
  const { region } = config;
  const file = usersFile(config);
  // Shown to whoever sits in front of it; a log file that collects later starts must not collect the secret.
  const showsSecret = isNew || process.stdout.isTTY === true;
  const secret = showsSecret ? account.secretAccessKey : "SECRET_FROM_THE_FILE_ABOVE";
  return `
  Stave is running.

  endpoint       ${endpoint}
  region         ${region}
  access key     ${account.accessKeyId}
  secret key     ${showsSecret ? account.secretAccessKey : "not shown again"}
  kept in        ${file}
  health         ${admin}/readyz

# aws CLI
export AWS_ACCESS_KEY_ID=${account.accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secret}
export AWS_DEFAULT_REGION=${region}
aws --endpoint-url ${endpoint} s3 mb s3://first-bucket
aws --endpoint-url ${endpoint} s3 cp README.md s3://first-bucket/
aws --endpoint-url ${endpoint} s3 ls s3://first-bucket

// JavaScript, after npm install @aws-sdk/client-s3
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({
  endpoint: "${endpoint}", region: "${region}", forcePathStyle: true,
  credentials: { accessKeyId: "${account.accessKeyId}", secretAccessKey: "${secret}" },
});
console.log(await s3.send(new ListBucketsCommand({})));

# Python, after pip install boto3
import boto3
s3 = boto3.client("s3", endpoint_url="${endpoint}", region_name="${region}",
                  aws_access_key_id="${account.accessKeyId}", aws_secret_access_key="${secret}")
print(s3.list_buckets()["Buckets"])

`;
}
