import type { NoticeWebhook } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { postWebhook, readWebhookSecret } from "../sinks/post-webhook.ts";

export type Notice = {
  /** The same each time that it is sent: who gets it twice can see that. */
  readonly id: string;
  readonly type: string;
  /** When it happened. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
};

/** Throws a `SinkError` unless it was taken. */
export async function sendNotice(
  context: ApiContext,
  { id: webhookId, url, secretEnvelope }: NoticeWebhook,
  { id, type, at, data, signal }: Notice,
): Promise<void> {
  const { noticeWebhooks } = context.database.as("system");
  const secret = readWebhookSecret(await context.vault.open(secretEnvelope, noticeWebhooks.contextOf(webhookId)));
  const message = { id, type: type.replaceAll(":", "."), data: { at, ...data } };
  await postWebhook(context, message, { url, secret, signal });
  await noticeWebhooks.noteDelivered(webhookId);
}
