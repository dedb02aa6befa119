import { optionalElement, successDocument } from "./xml-writer.ts";

/** Whether a bucket's policy makes it public. */
export type PolicyStatus = { readonly isPublic: boolean };

/** The answer of GetBucketPolicyStatus: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html */
export function writePolicyStatus({ isPublic }: PolicyStatus): string {
  return successDocument("PolicyStatus", optionalElement("IsPublic", isPublic));
}
