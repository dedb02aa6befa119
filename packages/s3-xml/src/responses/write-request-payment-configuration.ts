import type { RequestPaymentConfiguration } from "../requests/parse-request-payment-configuration.ts";
import { successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetBucketRequestPayment: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html */
export function writeRequestPaymentConfiguration({ payer }: RequestPaymentConfiguration): string {
  return successDocument("RequestPaymentConfiguration", textElement("Payer", payer));
}
