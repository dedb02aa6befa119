// PutBucketLifecycleConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { type LifecycleFilter, readLifecycleFilter } from "./read-lifecycle-filter.ts";
import {
  checkExactlyOne,
  checkMembers,
  omitUndefined,
  optionalBoolean,
  optionalChild,
  optionalDate,
  optionalInteger,
  requiredChildren,
  requiredInteger,
  requiredWord,
} from "./typed-members.ts";
import { childrenNamed, optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** When current versions expire. Has exactly one member. */
export type LifecycleExpiration = {
  readonly days?: number | undefined;
  readonly date?: Date | undefined;
  readonly expiredObjectDeleteMarker?: boolean | undefined;
};

/** When versions that are not current expire. Has `noncurrentDays` or `newerNoncurrentVersions` or both. */
export type NoncurrentVersionExpiration = {
  readonly noncurrentDays?: number | undefined;
  readonly newerNoncurrentVersions?: number | undefined;
};

/** When current versions go to another storage class. Has exactly one of `days` and `date`. */
export type LifecycleTransition = {
  readonly days?: number | undefined;
  readonly date?: Date | undefined;
  readonly storageClass: string;
};

/** When versions that are not current go to another storage class. */
export type NoncurrentVersionTransition = NoncurrentVersionExpiration & { readonly storageClass: string };

/** What becomes of objects in time. Has exactly one of `filter` and, in the old form, `prefix`. */
export type LifecycleRule = {
  readonly id?: string | undefined;
  readonly status: "Enabled" | "Disabled";
  readonly filter?: LifecycleFilter | undefined;
  readonly prefix?: string | undefined;
  readonly expiration?: LifecycleExpiration | undefined;
  readonly noncurrentVersionExpiration?: NoncurrentVersionExpiration | undefined;
  readonly abortIncompleteMultipartUpload?: { readonly daysAfterInitiation: number } | undefined;
  /** A server without other storage classes must refuse the document when there are any. */
  readonly transitions: readonly LifecycleTransition[];
  /** As `transitions`. */
  readonly noncurrentVersionTransitions: readonly NoncurrentVersionTransition[];
};

/** The lifecycle rules of a bucket, at least one. */
export type LifecycleConfiguration = { readonly rules: readonly LifecycleRule[] };

/** As many rules as a bucket may have; the caller's to check. */
export const maxLifecycleRules = 1000;

/** The default cap of {@link parseLifecycleConfiguration}: 1 MiB, for 1,000 rules of 1 KiB. */
export const maxLifecycleConfigurationBytes = 1_048_576;

/**
 * Reads the body of PutBucketLifecycleConfiguration.
 *
 * Throws `MaxMessageLengthExceeded` and `MalformedXML`, also for no rule, a status that S3 does not have, both or neither
 * of Filter and Prefix, a filter of several members without And, an Expiration of none or several members, and a number
 * that is none. Ranges, lengths, unique ids, dates that are not midnight, rules without an action and members that
 * exclude each other across elements are the caller's to check: S3 answers `InvalidArgument` or `InvalidRequest`.
 */
export function parseLifecycleConfiguration(
  xml: Uint8Array,
  { maxBytes = maxLifecycleConfigurationBytes }: ParseOptions = {},
): LifecycleConfiguration {
  const root = readConfiguration(xml, { root: "LifecycleConfiguration", maxBytes, maxMarkup: 60_000 });
  checkMembers(root, ["Rule"]);
  return { rules: requiredChildren(root, "Rule").map(readRule) };
}

const ruleMembers = [
  "ID",
  "Status",
  "Filter",
  "Prefix",
  "Expiration",
  "NoncurrentVersionExpiration",
  "AbortIncompleteMultipartUpload",
  "Transition",
  "NoncurrentVersionTransition",
];

function readRule(rule: XmlElement): LifecycleRule {
  checkMembers(rule, ruleMembers);
  checkExactlyOne(rule, ["Filter", "Prefix"]);
  const filter = optionalChild(rule, "Filter");
  const expiration = optionalChild(rule, "Expiration");
  const noncurrentVersionExpiration = optionalChild(rule, "NoncurrentVersionExpiration");
  const abort = optionalChild(rule, "AbortIncompleteMultipartUpload");
  return omitUndefined({
    id: optionalText(rule, "ID"),
    status: requiredWord(rule, "Status", ["Enabled", "Disabled"]),
    filter: filter && readLifecycleFilter(filter),
    prefix: optionalText(rule, "Prefix"),
    expiration: expiration && readExpiration(expiration),
    noncurrentVersionExpiration: noncurrentVersionExpiration && readNoncurrentExpiration(noncurrentVersionExpiration),
    abortIncompleteMultipartUpload: abort && readAbort(abort),
    transitions: childrenNamed(rule, "Transition").map(readTransition),
    noncurrentVersionTransitions: childrenNamed(rule, "NoncurrentVersionTransition").map(readNoncurrentTransition),
  });
}

function readExpiration(expiration: XmlElement): LifecycleExpiration {
  const members = ["Days", "Date", "ExpiredObjectDeleteMarker"];
  checkMembers(expiration, members);
  checkExactlyOne(expiration, members);
  return omitUndefined({
    days: optionalInteger(expiration, "Days"),
    date: optionalDate(expiration, "Date"),
    expiredObjectDeleteMarker: optionalBoolean(expiration, "ExpiredObjectDeleteMarker"),
  });
}

function readNoncurrentExpiration(expiration: XmlElement): NoncurrentVersionExpiration {
  checkMembers(expiration, ["NoncurrentDays", "NewerNoncurrentVersions"]);
  const newerNoncurrentVersions = optionalInteger(expiration, "NewerNoncurrentVersions");
  // Without either it would expire every version that is not current at once.
  if (newerNoncurrentVersions === undefined) requiredInteger(expiration, "NoncurrentDays");
  return omitUndefined({ noncurrentDays: optionalInteger(expiration, "NoncurrentDays"), newerNoncurrentVersions });
}

function readAbort(abort: XmlElement): { readonly daysAfterInitiation: number } {
  checkMembers(abort, ["DaysAfterInitiation"]);
  return { daysAfterInitiation: requiredInteger(abort, "DaysAfterInitiation") };
}

function readTransition(transition: XmlElement): LifecycleTransition {
  checkMembers(transition, ["Days", "Date", "StorageClass"]);
  checkExactlyOne(transition, ["Days", "Date"]);
  return omitUndefined({
    days: optionalInteger(transition, "Days"),
    date: optionalDate(transition, "Date"),
    storageClass: requiredText(transition, "StorageClass"),
  });
}

function readNoncurrentTransition(transition: XmlElement): NoncurrentVersionTransition {
  checkMembers(transition, ["NoncurrentDays", "NewerNoncurrentVersions", "StorageClass"]);
  return omitUndefined({
    noncurrentDays: optionalInteger(transition, "NoncurrentDays"),
    newerNoncurrentVersions: optionalInteger(transition, "NewerNoncurrentVersions"),
    storageClass: requiredText(transition, "StorageClass"),
  });
}
