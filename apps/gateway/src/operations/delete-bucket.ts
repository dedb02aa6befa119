import type { S3Response } from "../http/s3-response.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** DeleteBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html Throws `BucketNotEmpty`. */
export async function deleteBucket({ store }: OperationContext, { bucket }: OperationRequest): Promise<S3Response> {
  await store.deleteBucket(bucket);
  return { status: 204 };
}
