// PutBucketEncryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import {
  checkMembers,
  omitUndefined,
  optionalBoolean,
  optionalChild,
  requiredChildren,
  requiredTexts,
  requiredWord,
} from "./typed-members.ts";
import { optionalText, type XmlElement } from "./xml-element.ts";

/** How new objects are encrypted unless their request says otherwise. */
export type ServerSideEncryptionRule = {
  readonly sseAlgorithm?: "AES256" | "aws:kms" | "aws:kms:dsse" | undefined;
  /** Only beside an `sseAlgorithm`. */
  readonly kmsMasterKeyId?: string | undefined;
  readonly bucketKeyEnabled?: boolean | undefined;
  /** `SSE-C` or `NONE`, as sent: kinds of encryption that requests may not ask for. */
  readonly blockedEncryptionTypes?: readonly string[] | undefined;
};

/** The default encryption of a bucket, at least one rule. */
export type ServerSideEncryptionConfiguration = { readonly rules: readonly ServerSideEncryptionRule[] };

/**
 * Reads the body of PutBucketEncryption.
 *
 * Throws `MalformedXML`, also for no rule and an algorithm that S3 does not have, and `MaxMessageLengthExceeded`. More
 * than one rule, an algorithm that the server lacks and a key that does not belong to it are the caller's to refuse.
 */
export function parseServerSideEncryptionConfiguration(
  xml: Uint8Array,
  options?: ParseOptions,
): ServerSideEncryptionConfiguration {
  const root = readConfiguration(xml, { ...options, root: "ServerSideEncryptionConfiguration" });
  checkMembers(root, ["Rule"]);
  return { rules: requiredChildren(root, "Rule").map(readRule) };
}

function readRule(rule: XmlElement): ServerSideEncryptionRule {
  checkMembers(rule, ["ApplyServerSideEncryptionByDefault", "BucketKeyEnabled", "BlockedEncryptionTypes"]);
  const byDefault = optionalChild(rule, "ApplyServerSideEncryptionByDefault");
  const blocked = optionalChild(rule, "BlockedEncryptionTypes");
  return omitUndefined({
    ...(byDefault && readDefault(byDefault)),
    bucketKeyEnabled: optionalBoolean(rule, "BucketKeyEnabled"),
    blockedEncryptionTypes: blocked && readBlocked(blocked),
  });
}

function readDefault(byDefault: XmlElement): Pick<ServerSideEncryptionRule, "sseAlgorithm" | "kmsMasterKeyId"> {
  checkMembers(byDefault, ["SSEAlgorithm", "KMSMasterKeyID"]);
  return {
    sseAlgorithm: requiredWord(byDefault, "SSEAlgorithm", ["AES256", "aws:kms", "aws:kms:dsse"]),
    kmsMasterKeyId: optionalText(byDefault, "KMSMasterKeyID"),
  };
}

function readBlocked(blocked: XmlElement): readonly string[] {
  checkMembers(blocked, ["EncryptionType"]);
  return requiredTexts(blocked, "EncryptionType");
}
