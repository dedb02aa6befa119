import { confirmLoss } from "../../command/confirm-loss.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findWebhook } from "./find-webhook.ts";
import type { noticesRemove } from "./index.ts";

export const run: RunOf<typeof noticesRemove> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const webhook = await findWebhook(client, given.webhook);
  const { id, name, url, deliveredAt } = webhook;
  const goOn = await confirmLoss(invocation, {
    shown: { Webhook: id, Name: name, URL: url, Delivered: deliveredAt },
    data: webhook,
    question: "It is told no more.",
    name,
    isForced: options.force,
    isDryRun: options.dryRun,
  });
  if (!goOn) return;
  await client.call("delete /api/notice-webhooks/{id}", { params: { id } });
  output.note(`Removed ${printable(name)}.`);
  output.result({ id, name }, () => "");
};
