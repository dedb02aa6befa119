import { randomBytes } from "node:crypto";
import type { LoggingEnabled } from "@stave/s3-xml";

/** Where the records of a batch come from, and when. */
export type LogOrigin = {
  readonly bucket: string;
  readonly ownerId: string;
  readonly region: string;
  /** `2026-02-06`, of the requests. */
  readonly day: string;
};

/** With it, the longest key of a log is within what a key may have. */
export const maxTargetPrefixBytes = 750;

/** The key of a log object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-log-keyname-format */
export function logKey(
  { targetPrefix, targetObjectKeyFormat: format }: LoggingEnabled,
  origin: LogOrigin,
  now: Date,
): string {
  const unique = randomBytes(8).toString("hex").toUpperCase();
  const deliveredAt = now.toISOString().slice(0, 19).replaceAll(/[T:]/g, "-");
  if (format?.type !== "PartitionedPrefix") return `${targetPrefix}${deliveredAt}-${unique}`;
  const time = format.partitionDateSource === "EventTime" ? `${origin.day}-00-00-00` : deliveredAt;
  const partitions = [origin.ownerId, origin.region, origin.bucket, ...time.slice(0, 10).split("-")];
  return `${targetPrefix}${partitions.join("/")}/${time}-${unique}`;
}
