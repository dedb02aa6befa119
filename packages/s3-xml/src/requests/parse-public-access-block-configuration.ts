// PutPublicAccessBlock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, optionalBoolean } from "./typed-members.ts";

/** What public access a bucket refuses. */
export type PublicAccessBlockConfiguration = {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
};

/**
 * Reads the body of PutPublicAccessBlock. A member that is missing is false, as S3 has it.
 *
 * Throws `MalformedXML`, also for a member that is not known, which could be a block that would not hold, and
 * `MaxMessageLengthExceeded`.
 */
export function parsePublicAccessBlockConfiguration(
  xml: Uint8Array,
  options?: ParseOptions,
): PublicAccessBlockConfiguration {
  const root = readConfiguration(xml, { ...options, root: "PublicAccessBlockConfiguration" });
  checkMembers(root, ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]);
  return {
    blockPublicAcls: optionalBoolean(root, "BlockPublicAcls") ?? false,
    ignorePublicAcls: optionalBoolean(root, "IgnorePublicAcls") ?? false,
    blockPublicPolicy: optionalBoolean(root, "BlockPublicPolicy") ?? false,
    restrictPublicBuckets: optionalBoolean(root, "RestrictPublicBuckets") ?? false,
  };
}
