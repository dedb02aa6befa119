// PutBucketVersioning: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
import { XmlError } from "../xml-error.ts";
import { maxConfigurationBytes, type ParseOptions, readDocument } from "./read-document.ts";
import { optionalText } from "./xml-element.ts";

/** The versioning state of a bucket; without a status while it was never set. */
export type VersioningConfiguration = {
  readonly status?: "Enabled" | "Suspended";
  readonly mfaDelete?: "Enabled" | "Disabled";
};

/**
 * Reads the body of PutBucketVersioning. A missing status is the caller's case.
 *
 * Throws `IllegalVersioningConfigurationException` for any other status, `MalformedXML` and `MaxMessageLengthExceeded`.
 */
export function parseVersioningConfiguration(
  xml: Uint8Array,
  { maxBytes = maxConfigurationBytes }: ParseOptions = {},
): VersioningConfiguration {
  const root = readDocument(xml, { root: "VersioningConfiguration", maxBytes, maxMarkup: 1000 });
  const status = optionalText(root, "Status")?.trim();
  const mfaDelete = optionalText(root, "MfaDelete")?.trim();
  if (status !== undefined && status !== "Enabled" && status !== "Suspended") throw illegal("Status");
  if (mfaDelete !== undefined && mfaDelete !== "Enabled" && mfaDelete !== "Disabled") throw illegal("MfaDelete");
  return { ...(status && { status }), ...(mfaDelete && { mfaDelete }) };
}

function illegal(member: "Status" | "MfaDelete"): XmlError {
  const second = member === "Status" ? "Suspended" : "Disabled";
  return new XmlError("IllegalVersioningConfigurationException", `Expected ${member} to be Enabled or ${second}`);
}
