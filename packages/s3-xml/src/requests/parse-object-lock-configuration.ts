// PutObjectLockConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import {
  checkExactlyOne,
  checkMembers,
  omitUndefined,
  optionalChild,
  optionalInteger,
  requiredChild,
  requiredWord,
} from "./typed-members.ts";
import type { XmlElement } from "./xml-element.ts";

/** How firmly a version is retained: privileged users can lift `GOVERNANCE`, nobody `COMPLIANCE`. */
export type RetentionMode = "GOVERNANCE" | "COMPLIANCE";

/** What new objects get. Has exactly one of `days` and `years`. */
export type DefaultRetention = {
  readonly mode: RetentionMode;
  readonly days?: number | undefined;
  readonly years?: number | undefined;
};

/** The lock of a bucket, which cannot be other than enabled. */
export type ObjectLockConfiguration = {
  readonly objectLockEnabled: "Enabled";
  readonly defaultRetention?: DefaultRetention | undefined;
};

/**
 * Reads the body of PutObjectLockConfiguration.
 *
 * Throws `MalformedXML`, also unless ObjectLockEnabled is `Enabled`, for an unknown mode and for both or neither of Days
 * and Years, and `MaxMessageLengthExceeded`. The range of Days and Years is the caller's to check: S3 answers
 * `InvalidArgument`.
 */
export function parseObjectLockConfiguration(xml: Uint8Array, options?: ParseOptions): ObjectLockConfiguration {
  const root = readConfiguration(xml, { ...options, root: "ObjectLockConfiguration" });
  checkMembers(root, ["ObjectLockEnabled", "Rule"]);
  const rule = optionalChild(root, "Rule");
  return omitUndefined({
    objectLockEnabled: requiredWord(root, "ObjectLockEnabled", ["Enabled"]),
    defaultRetention: rule && readRule(rule),
  });
}

function readRule(rule: XmlElement): DefaultRetention {
  checkMembers(rule, ["DefaultRetention"]);
  const retention = requiredChild(rule, "DefaultRetention");
  checkMembers(retention, ["Mode", "Days", "Years"]);
  checkExactlyOne(retention, ["Days", "Years"]);
  return omitUndefined({
    mode: requiredWord(retention, "Mode", ["GOVERNANCE", "COMPLIANCE"]),
    days: optionalInteger(retention, "Days"),
    years: optionalInteger(retention, "Years"),
  });
}
