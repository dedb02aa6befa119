import { parseRequestPaymentConfiguration, writeRequestPaymentConfiguration } from "@stave/s3-xml";
import { readDocument } from "../body/read-document.ts";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { S3Response } from "../http/s3-response.ts";
import type { BodyRequest, OperationContext } from "./operation.ts";

/** GetBucketRequestPayment: nobody is billed, least of all who asks. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html */
export async function getBucketRequestPayment(): Promise<S3Response> {
  return { status: 200, xml: writeRequestPaymentConfiguration({ payer: "BucketOwner" }) };
}

/** PutBucketRequestPayment: takes what already holds. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html */
export async function putBucketRequestPayment(_: OperationContext, { body }: BodyRequest): Promise<S3Response> {
  const document = await readDocument(body);
  if (document.length === 0) throw new S3Error("MissingRequestBodyError", "Request body is empty.");
  if (parseRequestPaymentConfiguration(document).payer === "Requester") throw notImplemented({ parameter: "Payer" });
  return { status: 200 };
}
