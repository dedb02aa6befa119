// PutBucketRequestPayment: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, requiredWord } from "./typed-members.ts";

/** Who pays for requests to a bucket. */
export type RequestPaymentConfiguration = { readonly payer: "BucketOwner" | "Requester" };

/** Reads the body of PutBucketRequestPayment. Throws `MalformedXML`, also for any other payer, and `MaxMessageLengthExceeded`. */
export function parseRequestPaymentConfiguration(xml: Uint8Array, options?: ParseOptions): RequestPaymentConfiguration {
  const root = readConfiguration(xml, { ...options, root: "RequestPaymentConfiguration" });
  checkMembers(root, ["Payer"]);
  return { payer: requiredWord(root, "Payer", ["BucketOwner", "Requester"]) };
}
