import type { S3Response } from "../http/s3-response.ts";
import type { OperationContext } from "./operation.ts";

/** HeadBucket; authorization has already found the bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export async function headBucket({ region }: OperationContext): Promise<S3Response> {
  return { status: 200, headers: { "x-amz-bucket-region": region } };
}
