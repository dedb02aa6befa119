// PutBucketReplication: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
import type { Tag } from "../responses/write-tagging.ts";
import { malformedXml } from "../xml-error.ts";
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { type ReplicationDestination, readReplicationDestination } from "./read-replication-destination.ts";
import { readTag, readTags } from "./read-tags.ts";
import {
  checkExactlyOne,
  checkMembers,
  omitUndefined,
  optionalChild,
  optionalInteger,
  requiredChild,
  requiredChildren,
  requiredWord,
} from "./typed-members.ts";
import { childElements, optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** Of a rule, and of each kind of thing that it copies. */
export type ReplicationStatus = "Enabled" | "Disabled";

/** Which objects a replication rule is about. Has at most one member; without any it is about all objects. */
export type ReplicationFilter = {
  readonly prefix?: string | undefined;
  readonly tag?: Tag | undefined;
  /** Conditions of which all must hold. There is at least one. */
  readonly and?: { readonly prefix?: string | undefined; readonly tags: readonly Tag[] } | undefined;
};

/** What is copied where. Has exactly one of `filter` and, in the old form, `prefix`. */
export type ReplicationRule = {
  readonly id?: string | undefined;
  readonly priority?: number | undefined;
  readonly status: ReplicationStatus;
  readonly filter?: ReplicationFilter | undefined;
  readonly prefix?: string | undefined;
  readonly destination: ReplicationDestination;
  readonly deleteMarkerReplication?: ReplicationStatus | undefined;
  readonly existingObjectReplication?: ReplicationStatus | undefined;
  readonly replicaModifications?: ReplicationStatus | undefined;
  readonly sseKmsEncryptedObjects?: ReplicationStatus | undefined;
};

/** The replication of a bucket, at least one rule. */
export type ReplicationConfiguration = { readonly role: string; readonly rules: readonly ReplicationRule[] };

/** As many rules as a bucket may have; the caller's to check. */
export const maxReplicationRules = 1000;

/** The default cap of {@link parseReplicationConfiguration}: 2 MiB, which is S3's own. */
export const maxReplicationConfigurationBytes = 2 * 1_048_576;

/**
 * Reads the body of PutBucketReplication.
 *
 * Throws `MaxMessageLengthExceeded` and `MalformedXML`, also for a missing role, rule or destination, a status that S3
 * does not have, both or neither of Filter and Prefix and a filter of several members without And. The number of rules,
 * priorities, buckets and members that need each other are the caller's to check: S3 answers `InvalidArgument` or
 * `InvalidRequest`.
 */
export function parseReplicationConfiguration(
  xml: Uint8Array,
  { maxBytes = maxReplicationConfigurationBytes }: ParseOptions = {},
): ReplicationConfiguration {
  const root = readConfiguration(xml, { root: "ReplicationConfiguration", maxBytes, maxMarkup: 60_000 });
  checkMembers(root, ["Role", "Rule"]);
  return { role: requiredText(root, "Role"), rules: requiredChildren(root, "Rule").map(readRule) };
}

const ruleMembers = [
  "ID",
  "Priority",
  "Status",
  "Filter",
  "Prefix",
  "Destination",
  "DeleteMarkerReplication",
  "ExistingObjectReplication",
  "SourceSelectionCriteria",
];

function readRule(rule: XmlElement): ReplicationRule {
  checkMembers(rule, ruleMembers);
  checkExactlyOne(rule, ["Filter", "Prefix"]);
  const filter = optionalChild(rule, "Filter");
  const criteria = optionalChild(rule, "SourceSelectionCriteria");
  if (criteria !== undefined) checkMembers(criteria, ["ReplicaModifications", "SseKmsEncryptedObjects"]);
  return omitUndefined({
    id: optionalText(rule, "ID"),
    priority: optionalInteger(rule, "Priority"),
    status: requiredWord(rule, "Status", ["Enabled", "Disabled"]),
    filter: filter && readFilter(filter),
    prefix: optionalText(rule, "Prefix"),
    destination: readReplicationDestination(requiredChild(rule, "Destination")),
    deleteMarkerReplication: readStatus(rule, "DeleteMarkerReplication"),
    existingObjectReplication: readStatus(rule, "ExistingObjectReplication"),
    replicaModifications: criteria && readStatus(criteria, "ReplicaModifications"),
    sseKmsEncryptedObjects: criteria && readStatus(criteria, "SseKmsEncryptedObjects"),
  });
}

function readFilter(filter: XmlElement): ReplicationFilter {
  checkMembers(filter, ["Prefix", "Tag", "And"]);
  if (filter.children.length > 1) throw malformedXml("Expected Filter to have at most one member");
  const tag = optionalChild(filter, "Tag");
  const and = optionalChild(filter, "And");
  return omitUndefined({
    prefix: optionalText(filter, "Prefix"),
    tag: tag && readTag(tag),
    and: and && readAnd(and),
  });
}

function readAnd(and: XmlElement): NonNullable<ReplicationFilter["and"]> {
  checkMembers(and, ["Prefix", "Tag"]);
  if (childElements(and).length === 0) throw malformedXml("Expected And to have members");
  return omitUndefined({ prefix: optionalText(and, "Prefix"), tags: readTags(and) });
}

function readStatus(parent: XmlElement, name: string): ReplicationStatus | undefined {
  const child = optionalChild(parent, name);
  if (child === undefined) return undefined;
  checkMembers(child, ["Status"]);
  return requiredWord(child, "Status", ["Enabled", "Disabled"]);
}
