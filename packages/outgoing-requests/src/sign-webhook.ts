// Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { createHmac } from "node:crypto";

export type SignedContent = {
  /** The same for every attempt at one event. */
  readonly id: string;
  /** Of the attempt: receivers refuse old ones, so that what was recorded cannot be played again. */
  readonly at: Date;
  readonly body: string;
};

/** The headers by which a receiver knows who sent it what, and when. */
export function signWebhook({ id, at, body }: SignedContent, secret: Buffer): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1000);
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${signature}` };
}
