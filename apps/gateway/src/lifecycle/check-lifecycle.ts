import { type LifecycleConfiguration, type LifecycleRule, maxLifecycleRules } from "@stave/s3-xml";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkTags } from "../headers/tags.ts";
import { realDayMs } from "./due-date.ts";
import { conditionsOf } from "./lifecycle-rules.ts";

const maxIdLength = 255;
const maxPrefixBytes = 1024;
const maxNewerNoncurrentVersions = 100;
/** S3 has 32 bits for a number of days. */
const maxDays = 2 ** 31 - 1;

/**
 * Throws `MalformedXML`, `InvalidArgument` and `InvalidRequest` for what S3 does not take, then `NotImplemented` for transitions:
 * there is one storage class, and a rule that were kept and not carried out would be a broken promise.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
 */
export function checkLifecycle({ rules }: LifecycleConfiguration): void {
  if (rules.length > maxLifecycleRules) {
    throw new S3Error("MalformedXML", `A lifecycle configuration can have at most ${maxLifecycleRules} rules.`);
  }
  const ids = new Set<string>();
  for (const rule of rules) {
    checkId(rule, ids);
    checkFilter(rule);
    checkExpiration(rule);
    checkNoncurrent(rule);
    checkAbort(rule);
    checkTransitions(rule);
    checkActions(rule);
  }
  for (const { transitions, noncurrentVersionTransitions } of rules) {
    if (transitions.length > 0) throw notImplemented({ parameter: "Transition" });
    if (noncurrentVersionTransitions.length > 0) throw notImplemented({ parameter: "NoncurrentVersionTransition" });
  }
}

function checkId({ id }: LifecycleRule, ids: Set<string>): void {
  if (id === undefined || id === "") return;
  if (id.length > maxIdLength) {
    throw invalidArgument(
      `ID length should not exceed allowed limit of ${maxIdLength}`,
      "ID",
      id.slice(0, maxIdLength),
    );
  }
  if (ids.has(id)) throw invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID", id);
  ids.add(id);
}

function checkFilter(rule: LifecycleRule): void {
  const { prefix = "", tags, objectSizeGreaterThan: above, objectSizeLessThan: below } = conditionsOf(rule);
  if (Buffer.byteLength(prefix) > maxPrefixBytes) {
    throw invalidRequest(`The maximum size of a prefix is ${maxPrefixBytes}.`);
  }
  checkTags(tags, "object");
  if (above !== undefined && above < 0) throw notPositive("ObjectSizeGreaterThan", above, "a non-negative");
  if (below !== undefined && below < 1) throw notPositive("ObjectSizeLessThan", below);
  if (above !== undefined && below !== undefined && below - above < 2) {
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  }
}

function checkExpiration(rule: LifecycleRule): void {
  const { days, date, expiredObjectDeleteMarker } = rule.expiration ?? {};
  checkDays("Days", days);
  checkMidnight(date);
  if (expiredObjectDeleteMarker === true && conditionsOf(rule).tags.length > 0) {
    throw invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.");
  }
}

function checkNoncurrent({ noncurrentVersionExpiration }: LifecycleRule): void {
  const { noncurrentDays, newerNoncurrentVersions: newer } = noncurrentVersionExpiration ?? {};
  checkDays("NoncurrentDays", noncurrentDays);
  if (newer === undefined) return;
  if (newer < 1) throw notPositive("NewerNoncurrentVersions", newer);
  if (newer > maxNewerNoncurrentVersions) {
    throw invalidArgument(
      `'NewerNoncurrentVersions' must be at most ${maxNewerNoncurrentVersions}`,
      "NewerNoncurrentVersions",
      String(newer),
    );
  }
}

function checkAbort(rule: LifecycleRule): void {
  if (rule.abortIncompleteMultipartUpload === undefined) return;
  checkDays("DaysAfterInitiation", rule.abortIncompleteMultipartUpload.daysAfterInitiation);
  const { tags, objectSizeGreaterThan, objectSizeLessThan } = conditionsOf(rule);
  if (tags.length > 0) throw invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.");
  if (objectSizeGreaterThan !== undefined || objectSizeLessThan !== undefined) {
    throw invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.");
  }
}

/** Wrong ones are the client's mistake, whatever this server has. */
function checkTransitions({ transitions, noncurrentVersionTransitions }: LifecycleRule): void {
  for (const { days, date } of transitions) {
    if (days !== undefined && days < 0) throw notPositive("Days", days, "a non-negative");
    checkMidnight(date);
  }
  for (const { noncurrentDays: days } of noncurrentVersionTransitions) {
    if (days !== undefined && days < 0) throw notPositive("NoncurrentDays", days, "a non-negative");
  }
}

function checkActions(rule: LifecycleRule): void {
  const isActing =
    rule.expiration !== undefined ||
    rule.noncurrentVersionExpiration !== undefined ||
    rule.abortIncompleteMultipartUpload !== undefined ||
    rule.transitions.length > 0 ||
    rule.noncurrentVersionTransitions.length > 0;
  if (!isActing) throw invalidRequest("At least one action needs to be specified in a rule.");
}

function checkMidnight(date: Date | undefined): void {
  if (date === undefined || date.getTime() % realDayMs === 0) return;
  throw invalidArgument("'Date' must be at midnight GMT", "Date", date.toISOString());
}

function checkDays(name: string, days: number | undefined): void {
  if (days === undefined) return;
  if (days < 1) throw notPositive(name, days);
  if (days > maxDays) throw invalidArgument(`'${name}' must be at most ${maxDays}`, name, String(days));
}

function notPositive(name: string, value: number, kind = "a positive"): S3Error {
  return invalidArgument(`'${name}' must be ${kind} integer`, name, String(value));
}

function invalidArgument(message: string, name: string, value: string): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: name, ArgumentValue: value } });
}

function invalidRequest(message: string): S3Error {
  return new S3Error("InvalidRequest", message);
}
