// Event types: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
import type { AttributesChange, VersionChange } from "@stave/object-store";
import type { OperationName } from "../routing/routes.ts";

/** What happens here and can be heard of. */
export const eventNames = [
  "s3:ObjectCreated:Put",
  "s3:ObjectCreated:Post",
  "s3:ObjectCreated:Copy",
  "s3:ObjectCreated:CompleteMultipartUpload",
  "s3:ObjectRemoved:Delete",
  "s3:ObjectRemoved:DeleteMarkerCreated",
  "s3:ObjectTagging:Put",
  "s3:ObjectTagging:Delete",
  "s3:ObjectAcl:Put",
  "s3:LifecycleExpiration:Delete",
  "s3:LifecycleExpiration:DeleteMarkerCreated",
] as const;

export type EventName = (typeof eventNames)[number];

/** Of S3, and never told here: to ask for one is refused. */
const otherNames =
  /^s3:(ReducedRedundancyLostObject|ObjectRestore:(\*|Post|Completed|Delete)|Replication:(\*|\w+)|LifecycleTransition|IntelligentTiering)$/;

export function isUnsupportedEvent(pattern: string): boolean {
  return otherNames.test(pattern);
}

/** The events that a name, or one that ends with `*`, stands for; none when S3 does not know it. */
export function expandEvent(pattern: string): readonly EventName[] {
  if (!pattern.endsWith(":*")) return eventNames.filter((name) => name === pattern);
  const family = pattern.slice(0, -1);
  // `s3:*` is not one of S3's.
  return family === "s3:" ? [] : eventNames.filter((name) => name.startsWith(family));
}

/** Undefined for changes that S3 has no event for. Without an operation it is the lifecycle of the bucket that acts. */
export function nameChange(
  { kind, version }: VersionChange,
  operation: OperationName | undefined,
  change: AttributesChange,
): EventName | undefined {
  if (kind === "attributes") return nameAttributesChange(change);
  const family = operation === undefined ? "s3:LifecycleExpiration" : "s3:ObjectRemoved";
  if (kind === "removed") return `${family}:Delete`;
  if (version.isDeleteMarker) return `${family}:DeleteMarkerCreated`;
  return `s3:ObjectCreated:${creations.get(operation ?? "") ?? "Put"}`;
}

const creations: ReadonlyMap<string, "Post" | "Copy" | "CompleteMultipartUpload"> = new Map([
  ["PostObject", "Post"],
  ["CopyObject", "Copy"],
  ["CompleteMultipartUpload", "CompleteMultipartUpload"],
]);

function nameAttributesChange({ tags, acl }: AttributesChange): EventName | undefined {
  if (tags !== undefined) return tags === null ? "s3:ObjectTagging:Delete" : "s3:ObjectTagging:Put";
  return acl === undefined ? undefined : "s3:ObjectAcl:Put";
}
