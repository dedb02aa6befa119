import { successDocument, textElement } from "./xml-writer.ts";

/** The configuration documents that S3 answers with even when nothing is configured. */
export type UnsetConfiguration =
  | "AccelerateConfiguration"
  | "BucketLoggingStatus"
  | "NotificationConfiguration"
  | "RequestPaymentConfiguration";

/** What S3 answers for a bucket where this was never configured: an empty document, or the default payer. */
export function writeUnsetConfiguration(root: UnsetConfiguration): string {
  return successDocument(root, root === "RequestPaymentConfiguration" ? textElement("Payer", "BucketOwner") : "");
}
