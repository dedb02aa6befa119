// CreateBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
import { maxConfigurationBytes, type ParseOptions, readDocument } from "./read-document.ts";
import { childElements, optionalText } from "./xml-element.ts";

/** The body of CreateBucket. */
export type CreateBucketConfiguration = {
  /** Absent when missing or empty. */
  readonly locationConstraint?: string;
  /**
   * Names of the other members (`Bucket`, `Location`, `Tags`), which ask for another kind of bucket or more work: a
   * server that creates a plain bucket for them does not do what it was told.
   */
  readonly otherMembers: readonly string[];
};

/**
 * Reads the body of CreateBucket, which clients leave empty more often than not: an empty body is the caller's case.
 *
 * Throws `MalformedXML` and `MaxMessageLengthExceeded`.
 */
export function parseCreateBucketConfiguration(
  xml: Uint8Array,
  { maxBytes = maxConfigurationBytes }: ParseOptions = {},
): CreateBucketConfiguration {
  const root = readDocument(xml, { root: "CreateBucketConfiguration", maxBytes, maxMarkup: 1000 });
  const locationConstraint = optionalText(root, "LocationConstraint")?.trim();
  const names = childElements(root).map(({ name }) => name);
  const otherMembers = names.filter((name) => name !== "LocationConstraint");
  return { ...(locationConstraint && { locationConstraint }), otherMembers };
}
