import type {
  LifecycleConfiguration,
  LifecycleExpiration,
  LifecycleRule,
  LifecycleTransition,
  NoncurrentVersionExpiration,
  NoncurrentVersionTransition,
} from "../requests/parse-lifecycle-configuration.ts";
import type { LifecycleAnd, LifecycleFilter } from "../requests/read-lifecycle-filter.ts";
import { tagElements } from "./members.ts";
import { element, optionalDateElement, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/**
 * The answer of GetBucketLifecycleConfiguration:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
 *
 * Give every rule an id: S3 makes one for a rule that was put without.
 */
export function writeLifecycleConfiguration({ rules }: LifecycleConfiguration): string {
  return successDocument("LifecycleConfiguration", rules.map(ruleElement).join(""));
}

function ruleElement(rule: LifecycleRule): string {
  const { expiration, filter, abortIncompleteMultipartUpload: abort, noncurrentVersionExpiration: noncurrent } = rule;
  return element(
    "Rule",
    element(
      "AbortIncompleteMultipartUpload",
      abort && optionalElement("DaysAfterInitiation", abort.daysAfterInitiation),
    ) +
      element("Expiration", expiration && expirationMembers(expiration)) +
      element("Filter", filter && filterMembers(filter)) +
      optionalElement("ID", rule.id) +
      element("NoncurrentVersionExpiration", noncurrent && noncurrentMembers(noncurrent)) +
      rule.noncurrentVersionTransitions.map(noncurrentTransitionElement).join("") +
      optionalElement("Prefix", rule.prefix) +
      textElement("Status", rule.status) +
      rule.transitions.map(transitionElement).join(""),
  );
}

function expirationMembers(expiration: LifecycleExpiration): string {
  return (
    optionalDateElement("Date", expiration.date) +
    optionalElement("Days", expiration.days) +
    optionalElement("ExpiredObjectDeleteMarker", expiration.expiredObjectDeleteMarker)
  );
}

function filterMembers(filter: LifecycleFilter): string {
  return (
    element("And", filter.and && conditionMembers(filter.and)) +
    conditionMembers({ ...filter, tags: filter.tag === undefined ? [] : [filter.tag] })
  );
}

function conditionMembers(conditions: LifecycleAnd): string {
  return (
    optionalElement("ObjectSizeGreaterThan", conditions.objectSizeGreaterThan) +
    optionalElement("ObjectSizeLessThan", conditions.objectSizeLessThan) +
    optionalElement("Prefix", conditions.prefix) +
    tagElements(conditions.tags)
  );
}

function noncurrentMembers(noncurrent: NoncurrentVersionExpiration): string {
  return (
    optionalElement("NewerNoncurrentVersions", noncurrent.newerNoncurrentVersions) +
    optionalElement("NoncurrentDays", noncurrent.noncurrentDays)
  );
}

function noncurrentTransitionElement(transition: NoncurrentVersionTransition): string {
  const members = noncurrentMembers(transition) + textElement("StorageClass", transition.storageClass);
  return element("NoncurrentVersionTransition", members);
}

function transitionElement(transition: LifecycleTransition): string {
  return element(
    "Transition",
    optionalDateElement("Date", transition.date) +
      optionalElement("Days", transition.days) +
      textElement("StorageClass", transition.storageClass),
  );
}
