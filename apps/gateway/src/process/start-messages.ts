import { createHash } from "node:crypto";
import type { Message, ObjectStore } from "@stave/object-store";
import type { Logger } from "pino";
import type { MasterKeys } from "../encryption/master-keys.ts";
import { webhookOfQueue } from "../events/announced-store.ts";
import { writeEventBody } from "../events/event-message.ts";
import { type MessagePump, startMessagePump } from "../events/message-pump.ts";
import type { MessageHandler } from "../events/queue-runner.ts";
import type { Webhooks } from "../events/webhooks.ts";
import { createCopyHandler } from "../replication/copy-handler.ts";
import type { Remotes } from "../replication/remotes.ts";
import { remoteOfQueue } from "../replication/replication-plan.ts";
import type { EventMetrics } from "./event-metrics.ts";

export type MessageServices = {
  readonly store: ObjectStore;
  readonly masterKeys: MasterKeys;
  readonly webhooks: Webhooks;
  readonly remotes: Remotes;
  readonly region: string;
  readonly metrics: EventMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
};

/** Tells webhooks what has changed, and copies it to other servers. */
export function startMessages(services: MessageServices): MessagePump {
  return startMessagePump({
    ...services,
    handlerOf(queue) {
      const webhook = webhookOfQueue(queue);
      if (webhook !== undefined) return createWebhookHandler(webhook, services);
      return remoteOfQueue(queue) === undefined ? undefined : createCopyHandler(services);
    },
  });
}

function createWebhookHandler(target: string, { webhooks, region }: MessageServices): MessageHandler {
  return {
    handle(message, signal) {
      return webhooks.deliver(target, { id: idOf(message), body: writeEventBody(message, region) }, signal);
    },
  };
}

/** The same whenever it is sent; sequences alone begin again in a new data directory. */
function idOf({ sequence, text }: Message): string {
  return createHash("sha256").update(`${sequence} ${text}`).digest("base64url").slice(0, 32);
}
