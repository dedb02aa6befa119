import { successDocument, textElement } from "./xml-writer.ts";

/**
 * The configuration documents that S3 answers with even when nothing is configured, and the lists of those that a bucket
 * may have several of.
 */
export type UnsetConfiguration =
  | "AccelerateConfiguration"
  | "BucketLoggingStatus"
  | "ListBucketAnalyticsConfigurationResult"
  | "ListBucketIntelligentTieringConfigurationsOutput"
  | "ListInventoryConfigurationsResult"
  | "ListMetricsConfigurationsResult"
  | "NotificationConfiguration"
  | "RequestPaymentConfiguration";

/**
 * What S3 answers for a bucket where this was never configured: an empty document, the default payer, or a list that is
 * complete.
 */
export function writeUnsetConfiguration(root: UnsetConfiguration): string {
  if (root === "RequestPaymentConfiguration") return successDocument(root, textElement("Payer", "BucketOwner"));
  return successDocument(root, root.startsWith("List") ? textElement("IsTruncated", "false") : "");
}
