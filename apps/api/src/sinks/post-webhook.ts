// Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { sendRequest, signWebhook } from "@stave/outgoing-requests";
import type { ApiContext } from "../context.ts";
import { SinkError } from "./sink.ts";

const timeoutMs = 10_000;
const maxAnswerBytes = 1024;

export type WebhookMessage = {
  /** The same each time that it is sent. */
  readonly id: string;
  readonly type: string;
  readonly data: object;
};

export type WebhookTarget = { readonly url: string; readonly secret: Buffer; readonly signal: AbortSignal };

/** Tells somebody, and proves that it was us. Throws a {@link SinkError} unless it was taken. */
export async function postWebhook(
  context: Pick<ApiContext, "addresses" | "now">,
  { id, type, data }: WebhookMessage,
  { url: text, secret, signal }: WebhookTarget,
): Promise<void> {
  const url = new URL(text);
  const at = context.now();
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  const headers = { "content-type": "application/json", host: url.host, "user-agent": "Stave" };
  const status = await sendRequest(
    {
      method: "POST",
      origin: new URL(url.origin),
      target: url.pathname + url.search,
      headers: { ...headers, ...signWebhook({ id, at, body }, secret) },
      body: Buffer.from(body),
    },
    {
      addresses: context.addresses,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      idleTimeoutMs: timeoutMs,
      maxAnswerBytes,
    },
  ).then(
    (answer) => answer.status,
    (cause: unknown) => {
      const isRefused = cause instanceof Error && cause.name === "AddressRefused";
      const reason = isRefused
        ? "its address is not public: see --allow-private-addresses"
        : "it could not be reached, or did not answer in time";
      throw new SinkError(`The webhook failed: ${reason}.`, { mayRetry: !isRefused, cause });
    },
  );
  if (status < 200 || status > 299) throw new SinkError(`The webhook answered ${status}.`, { mayRetry: true });
}

const secretPrefix = "whsec_";

/** As receivers of Standard Webhooks want it. */
export function writeWebhookSecret(secret: Buffer): string {
  return secretPrefix + secret.toString("base64");
}

export function readWebhookSecret(text: string): Buffer {
  return Buffer.from(text.slice(secretPrefix.length), "base64");
}
