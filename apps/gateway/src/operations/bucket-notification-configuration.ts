import { randomUUID } from "node:crypto";
import {
  type NotificationConfiguration,
  type NotificationTarget,
  parseNotificationConfiguration,
  writeNotificationConfiguration,
  writeUnsetConfiguration,
} from "@stave/s3-xml";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import { expandEvent, isUnsupportedEvent } from "../events/event-names.ts";
import { type NotificationRule, readRule, readWebhookArn, targetsOf } from "../events/notification-rules.ts";
import type { OperationContext, OperationRequest } from "./operation.ts";
import { getStored, putStored } from "./stored-configuration.ts";

const maxTargets = 100;
const maxFilterLength = 1024;
const filterNames = ["prefix", "suffix"];
const skipHeader = "x-amz-skip-destination-validation";

/** GetBucketNotificationConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
export const getBucketNotificationConfiguration = getStored("notification", async () => ({
  status: 200,
  xml: writeUnsetConfiguration("NotificationConfiguration"),
}));

/**
 * PutBucketNotificationConfiguration: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 *
 * Each target gets a test event first. Throws `InvalidArgument` for events, filters and targets that cannot be, and for a target
 * that does not take the test event; `NotImplemented` for what is never told here.
 */
export const putBucketNotificationConfiguration = putStored("notification", {
  parse: (document) => withIds(parseNotificationConfiguration(document)),
  write: writeNotificationConfiguration,
  check: async (configuration, context, request) => {
    const targets = targetsOf(configuration);
    checkConfiguration(configuration, targets);
    for (const { arn } of targets) checkArn(arn, context);
    refuseOverlaps(targets.map(readRule));
    if (request.headers[skipHeader]?.toLowerCase() === "true") return;
    await sendTestEvents([...new Set(targets.map(({ arn }) => arn))], context, request);
  },
});

/** S3 names those that came without a name. */
function withIds(configuration: NotificationConfiguration): NotificationConfiguration {
  const name = (target: NotificationTarget): NotificationTarget => ({ ...target, id: target.id || randomUUID() });
  const { topics, queues, cloudFunctions, eventBridge } = configuration;
  return {
    topics: topics.map(name),
    queues: queues.map(name),
    cloudFunctions: cloudFunctions.map(name),
    eventBridge,
  };
}

function checkConfiguration({ eventBridge }: NotificationConfiguration, targets: readonly NotificationTarget[]): void {
  if (eventBridge) throw notImplemented({ parameter: "EventBridgeConfiguration" });
  if (targets.length > maxTargets) throw invalid(`Expected at most ${maxTargets} notifications`, "notification");
  const ids = targets.map(({ id = "" }) => id);
  if (new Set(ids).size !== ids.length) throw invalid("Same ID used for multiple configurations", "Id");
  for (const target of targets) checkTarget(target);
}

function checkTarget({ id = "", events, filterRules = [] }: NotificationTarget): void {
  if (id.length > 255) throw invalid("The ID of a notification cannot be longer than 255 characters", "Id", id);
  for (const event of events) {
    if (expandEvent(event).length > 0) continue;
    if (isUnsupportedEvent(event)) throw notImplemented({ parameter: event });
    throw invalid("A specified event is not supported for notifications.", "Event", event);
  }
  const names = filterRules.map(({ name }) => name.toLowerCase());
  const unknown = names.find((name) => !filterNames.includes(name));
  if (unknown !== undefined)
    throw invalid("filter rule name must be either prefix or suffix", "FilterRule.Name", unknown);
  if (new Set(names).size !== names.length) {
    throw invalid("Cannot specify more than one prefix or suffix rule in a filter.", "FilterRule");
  }
  const long = filterRules.find(({ value }) => value.length > maxFilterLength);
  if (long !== undefined) throw invalid("A filter value cannot be longer than 1024 characters", "FilterRule.Value");
}

function checkArn(arn: string, { webhooks, region }: OperationContext): void {
  const target = readWebhookArn(arn);
  if (target !== undefined && ["", region].includes(target.region) && webhooks.has(target.name)) return;
  throw unusable(arn, "There is no such destination");
}

/** With two answers to one event, nobody could say which of them is meant. */
function refuseOverlaps(rules: readonly NotificationRule[]): void {
  for (const [at, rule] of rules.entries()) {
    const overlapping = rules.slice(at + 1).find((other) => {
      const sharesEvent = [...rule.events].some((event) => other.events.has(event));
      const sharesStart = rule.prefix.startsWith(other.prefix) || other.prefix.startsWith(rule.prefix);
      const sharesEnd = rule.suffix.endsWith(other.suffix) || other.suffix.endsWith(rule.suffix);
      return sharesEvent && sharesStart && sharesEnd;
    });
    if (overlapping === undefined) continue;
    throw invalid(
      "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
      "notification",
    );
  }
}

/** As S3 does, so that a wrong address or secret is found by who sets it, and not by the events that are missed. */
async function sendTestEvents(
  arns: readonly string[],
  { webhooks }: OperationContext,
  { bucket, receivedAt }: OperationRequest,
): Promise<void> {
  const id = randomUUID();
  const event = { Service: "Amazon S3", Event: "s3:TestEvent", Time: receivedAt.toISOString(), Bucket: bucket };
  const body = JSON.stringify({ ...event, RequestId: id, HostId: id });
  const { signal } = new AbortController();
  await Promise.all(
    arns.map(async (arn) => {
      const name = readWebhookArn(arn)?.name ?? "";
      try {
        await webhooks.deliver(name, { id: `test-${id}`, body }, signal);
      } catch (cause) {
        throw unusable(arn, "The destination has not taken a test event", cause);
      }
    }),
  );
}

function unusable(arn: string, reason: string, cause?: unknown): S3Error {
  return new S3Error("InvalidArgument", "Unable to validate the following destination configurations", {
    cause,
    elements: { ArgumentName: arn, ArgumentValue: reason },
  });
}

function invalid(message: string, name: string, value?: string): S3Error {
  return new S3Error("InvalidArgument", message, {
    elements: { ArgumentName: name, ...(value !== undefined && { ArgumentValue: value }) },
  });
}
