import type { Retention } from "../requests/parse-retention.ts";
import { dateElement, successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetObjectRetention: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
export function writeRetention({ mode, retainUntilDate }: Retention): string {
  return successDocument("Retention", textElement("Mode", mode) + dateElement("RetainUntilDate", retainUntilDate));
}
