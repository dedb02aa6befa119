// PutBucketOwnershipControls: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, requiredChild, requiredWord } from "./typed-members.ts";

/** Who owns new objects of a bucket. */
export type OwnershipControls = {
  readonly objectOwnership: "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter";
};

/**
 * Reads the body of PutBucketOwnershipControls. Throws `MalformedXML`, also for other than one rule and an unknown
 * ownership, and `MaxMessageLengthExceeded`.
 */
export function parseOwnershipControls(xml: Uint8Array, options?: ParseOptions): OwnershipControls {
  const root = readConfiguration(xml, { ...options, root: "OwnershipControls" });
  checkMembers(root, ["Rule"]);
  const rule = requiredChild(root, "Rule");
  checkMembers(rule, ["ObjectOwnership"]);
  const ownerships = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"] as const;
  return { objectOwnership: requiredWord(rule, "ObjectOwnership", ownerships) };
}
