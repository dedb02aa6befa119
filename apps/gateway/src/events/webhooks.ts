import { type SignedContent, sendRequest, signWebhook } from "@stave/outgoing-requests";
import type { WebhookTarget } from "./webhook-targets.ts";

export interface Webhooks {
  has(name: string): boolean;
  /** Resolves when the target has taken it: answered with 2xx. The message of its error holds nothing secret. */
  deliver(name: string, content: Pick<SignedContent, "id" | "body">, signal: AbortSignal): Promise<void>;
}

/** From the first byte to the last of the answer. */
const attemptMs = 10_000;
const maxAnswerBytes = 64 * 1024;

export function createWebhooks(targets: readonly WebhookTarget[], { now }: { readonly now: () => Date }): Webhooks {
  const byName = new Map(targets.map((target) => [target.name, target]));
  return {
    has: (name) => byName.has(name),
    async deliver(name, { id, body }, signal) {
      const target = byName.get(name);
      if (target === undefined) throw new Error(`There is no webhook target ${name} any more`);
      const { url, secret, addresses } = target;
      const answer = await sendRequest(
        {
          method: "POST",
          origin: url,
          target: `${url.pathname}${url.search}`,
          headers: {
            host: url.host,
            "content-type": "application/json",
            "user-agent": "Stave",
            ...signWebhook({ id, at: now(), body }, secret),
          },
          body: Buffer.from(body),
        },
        {
          addresses,
          idleTimeoutMs: attemptMs,
          maxAnswerBytes,
          signal: AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]),
        },
      );
      if (answer.status < 200 || answer.status > 299) throw new Error(`The target answered with ${answer.status}`);
    },
  };
}
