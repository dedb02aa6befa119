import { writeVersioningConfiguration } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** GetBucketVersioning, empty until it is set: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export async function getBucketVersioning(_: OperationContext, { versioning }: OperationRequest): Promise<S3Response> {
  return { status: 200, xml: writeVersioningConfiguration(versioning === undefined ? {} : { status: versioning }) };
}
