// PutBucketLogging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
import type { Grant } from "../responses/write-access-control-policy.ts";
import { malformedXml } from "../xml-error.ts";
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { readGrants } from "./read-grants.ts";
import { checkExactlyOne, checkMembers, omitUndefined, optionalChild, optionalWord } from "./typed-members.ts";
import { optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** How the keys of log objects are made. */
export type TargetObjectKeyFormat =
  | { readonly type: "SimplePrefix" }
  | { readonly type: "PartitionedPrefix"; readonly partitionDateSource?: "EventTime" | "DeliveryTime" | undefined };

/** Where access logs go. */
export type LoggingEnabled = {
  readonly targetBucket: string;
  /** May be empty. */
  readonly targetPrefix: string;
  readonly targetGrants?: readonly (Grant & { readonly permission: "FULL_CONTROL" | "READ" | "WRITE" })[] | undefined;
  readonly targetObjectKeyFormat?: TargetObjectKeyFormat | undefined;
};

/** The access logging of a bucket: off without a member. */
export type BucketLoggingStatus = { readonly loggingEnabled?: LoggingEnabled | undefined };

/**
 * Reads the body of PutBucketLogging.
 *
 * Throws `MalformedXML`, also for a missing target bucket or prefix, and `MaxMessageLengthExceeded`. Whether the target
 * exists and may be written to is the caller's to check.
 */
export function parseBucketLoggingStatus(xml: Uint8Array, options?: ParseOptions): BucketLoggingStatus {
  const root = readConfiguration(xml, { ...options, root: "BucketLoggingStatus" });
  checkMembers(root, ["LoggingEnabled"]);
  const loggingEnabled = optionalChild(root, "LoggingEnabled");
  return omitUndefined({ loggingEnabled: loggingEnabled && readLogging(loggingEnabled) });
}

function readLogging(logging: XmlElement): LoggingEnabled {
  checkMembers(logging, ["TargetBucket", "TargetPrefix", "TargetGrants", "TargetObjectKeyFormat"]);
  const targetPrefix = optionalText(logging, "TargetPrefix");
  if (targetPrefix === undefined) throw malformedXml("Expected LoggingEnabled to have a TargetPrefix");
  const grants = optionalChild(logging, "TargetGrants");
  const format = optionalChild(logging, "TargetObjectKeyFormat");
  return omitUndefined({
    targetBucket: requiredText(logging, "TargetBucket"),
    targetPrefix,
    targetGrants: grants && readGrants(grants, { permissions: ["FULL_CONTROL", "READ", "WRITE"] }),
    targetObjectKeyFormat: format && readKeyFormat(format),
  });
}

function readKeyFormat(format: XmlElement): TargetObjectKeyFormat {
  checkMembers(format, ["SimplePrefix", "PartitionedPrefix"]);
  checkExactlyOne(format, ["SimplePrefix", "PartitionedPrefix"]);
  const simple = optionalChild(format, "SimplePrefix");
  const partitioned = optionalChild(format, "PartitionedPrefix");
  if (simple !== undefined) checkMembers(simple, []);
  if (partitioned === undefined) return { type: "SimplePrefix" };
  checkMembers(partitioned, ["PartitionDateSource"]);
  const partitionDateSource = optionalWord(partitioned, "PartitionDateSource", ["EventTime", "DeliveryTime"]);
  return omitUndefined({ type: "PartitionedPrefix", partitionDateSource });
}
