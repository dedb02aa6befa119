// PutObjectRetention: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
import { malformedXml } from "../xml-error.ts";
import type { RetentionMode } from "./parse-object-lock-configuration.ts";
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, optionalDate, optionalWord } from "./typed-members.ts";

/** Until when a version is retained, and how firmly. */
export type Retention = { readonly mode: RetentionMode; readonly retainUntilDate: Date };

/**
 * Reads the body of PutObjectRetention; undefined for an empty one, which asks to remove the retention.
 *
 * Throws `MalformedXML`, also for a mode without a date or the other way round, an unknown mode and a date that is not
 * ISO 8601, and `MaxMessageLengthExceeded`. A date in the past is the caller's to refuse, with `InvalidArgument`.
 */
export function parseRetention(xml: Uint8Array, options?: ParseOptions): Retention | undefined {
  const root = readConfiguration(xml, { ...options, root: "Retention" });
  checkMembers(root, ["Mode", "RetainUntilDate"]);
  const mode = optionalWord(root, "Mode", ["GOVERNANCE", "COMPLIANCE"]);
  const retainUntilDate = optionalDate(root, "RetainUntilDate");
  if (mode === undefined && retainUntilDate === undefined) return undefined;
  if (mode === undefined || retainUntilDate === undefined) {
    throw malformedXml("Expected Retention to have a Mode and a RetainUntilDate, or neither");
  }
  return { mode, retainUntilDate };
}
