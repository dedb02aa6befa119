// CreateBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
import type { Tag } from "../responses/write-tagging.ts";
import { maxConfigurationBytes, type ParseOptions, readDocument } from "./read-document.ts";
import { readTags } from "./read-tags.ts";
import { checkMembers, optionalChild } from "./typed-members.ts";
import { childElements, optionalText, type XmlElement } from "./xml-element.ts";

/** The body of CreateBucket. */
export type CreateBucketConfiguration = {
  /** Absent when missing or empty. */
  readonly locationConstraint?: string;
  /**
   * Names of the other members (`Bucket`, `Location`, `Tags`), which ask for another kind of bucket or more work: a
   * server that creates a plain bucket for them does not do what it was told.
   */
  readonly otherMembers: readonly string[];
  /** Only with the option `withTags`, and where they were sent. */
  readonly tags?: readonly Tag[];
};

/** For {@link parseCreateBucketConfiguration}. */
export interface CreateBucketConfigurationOptions extends ParseOptions {
  /**
   * Read `Tags`, for a server that tags buckets. Without it they are among `otherMembers`, whatever they hold.
   *
   * @default false
   */
  readonly withTags?: boolean;
}

/**
 * Reads the body of CreateBucket, which clients leave empty more often than not: an empty body is the caller's case.
 *
 * Throws `MalformedXML` and `MaxMessageLengthExceeded`. The number and form of the tags are the caller's to check.
 */
export function parseCreateBucketConfiguration(
  xml: Uint8Array,
  { maxBytes = maxConfigurationBytes, withTags = false }: CreateBucketConfigurationOptions = {},
): CreateBucketConfiguration {
  const root = readDocument(xml, { root: "CreateBucketConfiguration", maxBytes, maxMarkup: 1000 });
  const locationConstraint = optionalText(root, "LocationConstraint")?.trim();
  const tags = withTags ? optionalChild(root, "Tags") : undefined;
  const names = childElements(root).map(({ name }) => name);
  const otherMembers = names.filter((name) => name !== "LocationConstraint" && !(withTags && name === "Tags"));
  return { ...(locationConstraint && { locationConstraint }), otherMembers, ...(tags && { tags: readTagList(tags) }) };
}

function readTagList(tags: XmlElement): readonly Tag[] {
  checkMembers(tags, ["Tag"]);
  return readTags(tags);
}
