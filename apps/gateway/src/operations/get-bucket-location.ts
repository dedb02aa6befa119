import { writeLocationConstraint } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";
import type { OperationContext } from "./operation.ts";

/** GetBucketLocation; S3 writes us-east-1 as nothing: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export async function getBucketLocation({ region }: OperationContext): Promise<S3Response> {
  return { status: 200, xml: writeLocationConstraint(region === "us-east-1" ? undefined : region) };
}
