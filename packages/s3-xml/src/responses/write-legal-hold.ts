import type { LegalHold } from "../requests/parse-legal-hold.ts";
import { successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetObjectLegalHold: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export function writeLegalHold({ status }: LegalHold): string {
  return successDocument("LegalHold", textElement("Status", status));
}
