import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findWebhook } from "./find-webhook.ts";
import type { noticesTest } from "./index.ts";

export const run: RunOf<typeof noticesTest> = async ({ api, arguments: given, output }) => {
  const client = await api();
  const { id, name } = await findWebhook(client, given.webhook);
  const { body } = await client.call("post /api/notice-webhooks/{id}/test", { params: { id } });
  output.note(`${printable(name)} has taken a test.`);
  output.result(body.data, () => "");
};
