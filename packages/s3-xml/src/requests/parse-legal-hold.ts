// PutObjectLegalHold: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, requiredWord } from "./typed-members.ts";

/** Whether a version is kept until further notice. */
export type LegalHold = { readonly status: "ON" | "OFF" };

/** Reads the body of PutObjectLegalHold. Throws `MalformedXML`, also for any other status, and `MaxMessageLengthExceeded`. */
export function parseLegalHold(xml: Uint8Array, options?: ParseOptions): LegalHold {
  const root = readConfiguration(xml, { ...options, root: "LegalHold" });
  checkMembers(root, ["Status"]);
  return { status: requiredWord(root, "Status", ["ON", "OFF"]) };
}
