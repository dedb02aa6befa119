import type { AccessKeyPair } from "@stave/credential-vault";
import type { Config } from "../config.ts";

export type WelcomeFacts = {
  readonly config: Config;
  readonly endpoint: string;
  /** The key that this start has made. Its secret is shown this once. */
  readonly firstKey: AccessKeyPair | undefined;
  readonly admin: string;
};

/** What a person needs to store the first object. Snippets stand at the margin: indented Python does not paste. */
export function welcome({ config, endpoint, firstKey, admin }: WelcomeFacts): string {
  const { region, dataDirectory } = config;
  const keys =
    firstKey === undefined
      ? `  access keys    stave-gateway keys list --data-dir ${dataDirectory}
                 Secrets are shown once. For another key: stave-gateway keys issue --data-dir ${dataDirectory}`
      : `  access key     ${firstKey.accessKeyId}
  secret key     ${firstKey.secretAccessKey}
                 Shown this once: keep it now.`;
  const { accessKeyId, secretAccessKey } = firstKey ?? { accessKeyId: "ACCESS_KEY", secretAccessKey: "SECRET_KEY" };
  return `
  Stave is running.

  endpoint       ${endpoint}
  region         ${region}
${keys}
  kept in        ${dataDirectory}
  health         ${admin}/readyz

# aws CLI
export AWS_ACCESS_KEY_ID=${accessKeyId}
export AWS_SECRET_ACCESS_KEY=${secretAccessKey}
export AWS_DEFAULT_REGION=${region}
aws --endpoint-url ${endpoint} s3 mb s3://first-bucket
aws --endpoint-url ${endpoint} s3 cp README.md s3://first-bucket/
aws --endpoint-url ${endpoint} s3 ls s3://first-bucket

// JavaScript, after npm install @aws-sdk/client-s3
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({
  endpoint: "${endpoint}", region: "${region}", forcePathStyle: true,
  credentials: { accessKeyId: "${accessKeyId}", secretAccessKey: "${secretAccessKey}" },
});
console.log(await s3.send(new ListBucketsCommand({})));

# Python, after pip install boto3
import boto3
s3 = boto3.client("s3", endpoint_url="${endpoint}", region_name="${region}",
                  aws_access_key_id="${accessKeyId}", aws_secret_access_key="${secretAccessKey}")
print(s3.list_buckets()["Buckets"])

`;
}
