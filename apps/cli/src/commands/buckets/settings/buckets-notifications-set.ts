import type { RunOf } from "../../../command/define-command.ts";
import type { notificationsSet } from "./define-set.ts";
import { mergeLists, setSetting } from "./set-setting.ts";

export const run: RunOf<typeof notificationsSet> = async (invocation) => {
  const { add } = invocation.options;
  await setSetting(invocation, {
    path: "notifications",
    said: notificationsOf(invocation.options),
    merge: add ? addTargets : undefined,
  });
};

type Options = Parameters<typeof run>[0]["options"];

function notificationsOf({ webhook, event, prefix, suffix, id }: Options): object | undefined {
  if (webhook === undefined) return undefined;
  const filterRules = [
    ...(prefix === undefined ? [] : [{ name: "prefix", value: prefix }]),
    ...(suffix === undefined ? [] : [{ name: "suffix", value: suffix }]),
  ];
  const queue = {
    ...(id !== undefined && { id }),
    queueArn: `arn:stave:webhook:::${webhook}`,
    events: event.length > 0 ? event : ["s3:ObjectCreated:*"],
    ...(filterRules.length > 0 && { filter: { key: { filterRules } } }),
  };
  return { queueConfigurations: [queue] };
}

function addTargets(before: unknown, added: unknown): unknown {
  const lists = ["queueConfigurations", "topicConfigurations"]
    .map((name) => [name, mergeLists(name, { before, added })] as const)
    .filter(([, list]) => list.length > 0);
  return { ...(added as object), ...Object.fromEntries(lists) };
}
