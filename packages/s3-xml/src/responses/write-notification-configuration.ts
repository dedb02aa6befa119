import type { NotificationConfiguration, NotificationTarget } from "../requests/parse-notification-configuration.ts";
import { element, optionalElement, successDocument, textElement, textElements } from "./xml-writer.ts";

/**
 * The answer of GetBucketNotificationConfiguration:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
 */
export function writeNotificationConfiguration(configuration: NotificationConfiguration): string {
  const { topics, queues, cloudFunctions, eventBridge } = configuration;
  return successDocument(
    "NotificationConfiguration",
    topics.map((target) => targetElement("Topic", target)).join("") +
      queues.map((target) => targetElement("Queue", target)).join("") +
      cloudFunctions.map((target) => targetElement("CloudFunction", target)).join("") +
      element("EventBridgeConfiguration", eventBridge ? "" : undefined),
  );
}

function targetElement(kind: "Topic" | "Queue" | "CloudFunction", target: NotificationTarget): string {
  return element(
    `${kind}Configuration`,
    textElements("Event", target.events) +
      element("Filter", target.filterRules && element("S3Key", target.filterRules.map(filterRuleElement).join(""))) +
      optionalElement("Id", target.id) +
      textElement(kind, target.arn),
  );
}

function filterRuleElement({ name, value }: { readonly name: string; readonly value: string }): string {
  return element("FilterRule", textElement("Name", name) + textElement("Value", value));
}
