import type {
  BucketLoggingStatus,
  LoggingEnabled,
  TargetObjectKeyFormat,
} from "../requests/parse-bucket-logging-status.ts";
import { grantElements } from "./grant-elements.ts";
import { element, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** The answer of GetBucketLogging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html */
export function writeBucketLoggingStatus({ loggingEnabled }: BucketLoggingStatus): string {
  return successDocument(
    "BucketLoggingStatus",
    element("LoggingEnabled", loggingEnabled && loggingMembers(loggingEnabled)),
  );
}

function loggingMembers(logging: LoggingEnabled): string {
  const { targetGrants, targetObjectKeyFormat: format } = logging;
  return (
    textElement("TargetBucket", logging.targetBucket) +
    element("TargetGrants", targetGrants && grantElements(targetGrants)) +
    element("TargetObjectKeyFormat", format && keyFormatElement(format)) +
    textElement("TargetPrefix", logging.targetPrefix)
  );
}

function keyFormatElement(format: TargetObjectKeyFormat): string {
  if (format.type === "SimplePrefix") return element("SimplePrefix", "");
  return element("PartitionedPrefix", optionalElement("PartitionDateSource", format.partitionDateSource));
}
