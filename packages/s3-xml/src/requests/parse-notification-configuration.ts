// PutBucketNotificationConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
import { type ParseOptions, readConfiguration } from "./read-document.ts";
import { checkMembers, omitUndefined, optionalChild, requiredChild, requiredTexts } from "./typed-members.ts";
import { childrenNamed, optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/** `prefix` or `suffix` in S3, in any case; as sent. */
export type NotificationFilterRule = { readonly name: string; readonly value: string };

/** Who is told of which events. */
export type NotificationTarget = {
  readonly id?: string | undefined;
  /** The address of the topic, queue or function. */
  readonly arn: string;
  /** At least one, as sent. */
  readonly events: readonly string[];
  /** Which keys it is about; undefined for all. */
  readonly filterRules?: readonly NotificationFilterRule[] | undefined;
};

/** The notifications of a bucket; none when everything is empty. */
export type NotificationConfiguration = {
  readonly topics: readonly NotificationTarget[];
  readonly queues: readonly NotificationTarget[];
  readonly cloudFunctions: readonly NotificationTarget[];
  readonly eventBridge: boolean;
};

/**
 * Reads the body of PutBucketNotificationConfiguration.
 *
 * Throws `MalformedXML`, also for a target without an address or an event, and `MaxMessageLengthExceeded`. Events,
 * addresses, names of filter rules and targets that overlap are the caller's to check: S3 answers `InvalidArgument`.
 */
export function parseNotificationConfiguration(xml: Uint8Array, options?: ParseOptions): NotificationConfiguration {
  const root = readConfiguration(xml, { ...options, root: "NotificationConfiguration" });
  const targets = ["TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration"];
  checkMembers(root, [...targets, "EventBridgeConfiguration"]);
  const eventBridge = optionalChild(root, "EventBridgeConfiguration");
  if (eventBridge !== undefined) checkMembers(eventBridge, []);
  return {
    topics: readTargets(root, "Topic"),
    queues: readTargets(root, "Queue"),
    cloudFunctions: readTargets(root, "CloudFunction"),
    eventBridge: eventBridge !== undefined,
  };
}

function readTargets(root: XmlElement, kind: "Topic" | "Queue" | "CloudFunction"): readonly NotificationTarget[] {
  return childrenNamed(root, `${kind}Configuration`).map((target) => {
    checkMembers(target, ["Id", kind, "Event", "Filter"]);
    const filter = optionalChild(target, "Filter");
    return omitUndefined({
      id: optionalText(target, "Id"),
      arn: requiredText(target, kind),
      events: requiredTexts(target, "Event"),
      filterRules: filter && readFilter(filter),
    });
  });
}

function readFilter(filter: XmlElement): readonly NotificationFilterRule[] {
  checkMembers(filter, ["S3Key"]);
  const key = requiredChild(filter, "S3Key");
  checkMembers(key, ["FilterRule"]);
  return childrenNamed(key, "FilterRule").map((rule) => {
    checkMembers(rule, ["Name", "Value"]);
    return { name: requiredText(rule, "Name"), value: optionalText(rule, "Value") ?? "" };
  });
}
