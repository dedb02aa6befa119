// PutObjectTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
import type { Tag } from "../responses/write-tagging.ts";
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { readTags } from "./read-tags.ts";
import { checkMembers, requiredChild } from "./typed-members.ts";

/** As many tags as an object may have. The caller's to check. */
export const maxObjectTags = 10;

/** As many tags as a bucket may have. The caller's to check. */
export const maxBucketTags = 50;

/**
 * Reads the body of PutObjectTagging and PutBucketTagging. Keys and values are as sent, white space included.
 *
 * Throws `MalformedXML` and `MaxMessageLengthExceeded`. The number of tags is the caller's to check (`BadRequest` in S3),
 * and so are their lengths and characters and a key that occurs twice (`InvalidTag`).
 */
export function parseTagging(xml: Uint8Array, options?: ParseOptions): readonly Tag[] {
  const root = readConfiguration(xml, { ...options, root: "Tagging" });
  checkMembers(root, ["TagSet"]);
  const set = requiredChild(root, "TagSet");
  checkMembers(set, ["Tag"]);
  return readTags(set);
}
