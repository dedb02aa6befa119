import { escapeText, successDocument } from "./xml-writer.ts";

/**
 * The answer of GetBucketLocation: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 *
 * Pass undefined for `us-east-1`, whose buckets have an empty constraint.
 */
export function writeLocationConstraint(region: string | undefined): string {
  return successDocument("LocationConstraint", escapeText(region ?? ""));
}
