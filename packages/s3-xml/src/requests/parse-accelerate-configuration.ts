// PutBucketAccelerateConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, optionalWord } from "./typed-members.ts";

/** Whether transfer acceleration is on; without a status while it was never set. */
export type AccelerateConfiguration = { readonly status?: "Enabled" | "Suspended" | undefined };

/**
 * Reads the body of PutBucketAccelerateConfiguration. A missing status is the caller's case.
 *
 * Throws `MalformedXML`, also for any other status, and `MaxMessageLengthExceeded`.
 */
export function parseAccelerateConfiguration(xml: Uint8Array, options?: ParseOptions): AccelerateConfiguration {
  const root = readConfiguration(xml, { ...options, root: "AccelerateConfiguration" });
  checkMembers(root, ["Status"]);
  const status = optionalWord(root, "Status", ["Enabled", "Suspended"]);
  return { ...(status && { status }) };
}
