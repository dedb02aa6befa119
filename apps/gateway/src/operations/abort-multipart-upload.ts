import type { S3Response } from "../http/s3-response.ts";
import { findUpload, uploadAddress } from "./find-upload.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";

/** AbortMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html Throws `NoSuchUpload`. */
export async function abortMultipartUpload(
  { store }: OperationContext,
  request: OperationRequest,
): Promise<S3Response> {
  const address = uploadAddress(request);
  await findUpload(store, address);
  await store.abortUpload(address);
  return { status: 204 };
}
