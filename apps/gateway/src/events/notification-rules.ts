import { type NotificationConfiguration, type NotificationTarget, parseNotificationConfiguration } from "@stave/s3-xml";
import { type EventName, expandEvent } from "./event-names.ts";

/** A notification of a bucket as it is looked at when something changes. */
export type NotificationRule = {
  readonly id: string;
  /** Name of the webhook target. */
  readonly target: string;
  readonly events: ReadonlySet<EventName>;
  readonly prefix: string;
  readonly suffix: string;
};

/** The rules of a document that was checked when it was put. */
export function parseNotificationRules(document: Buffer): readonly NotificationRule[] {
  return targetsOf(parseNotificationConfiguration(document)).map(readRule);
}

/** Topics, queues and functions are told in the same way. */
export function targetsOf({
  topics,
  queues,
  cloudFunctions,
}: NotificationConfiguration): readonly NotificationTarget[] {
  return [...topics, ...queues, ...cloudFunctions];
}

export function readRule({ id = "", arn, events, filterRules = [] }: NotificationTarget): NotificationRule {
  const filterValue = (wanted: string): string =>
    filterRules.find(({ name }) => name.toLowerCase() === wanted)?.value ?? "";
  return {
    id,
    target: readWebhookArn(arn)?.name ?? "",
    events: new Set(events.flatMap(expandEvent)),
    prefix: filterValue("prefix"),
    suffix: filterValue("suffix"),
  };
}

/** `arn:stave:webhook:REGION::NAME`; the region may be left out. */
export function readWebhookArn(arn: string): { readonly region: string; readonly name: string } | undefined {
  const [, region, name] = /^arn:stave:webhook:([a-z0-9-]*)::([A-Za-z0-9_-]{1,64})$/.exec(arn) ?? [];
  return region === undefined || name === undefined ? undefined : { region, name };
}

export function isAbout({ events, prefix, suffix }: NotificationRule, event: EventName, key: string): boolean {
  return events.has(event) && key.startsWith(prefix) && key.endsWith(suffix);
}
