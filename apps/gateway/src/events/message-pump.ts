import { setTimeout as delay } from "node:timers/promises";
import type { ObjectStore } from "@stave/object-store";
import type { Logger } from "pino";
import type { EventMetrics } from "../process/event-metrics.ts";
import { createQueueRunner, type MessageHandler, type QueueRunner } from "./queue-runner.ts";

export type MessagePumpOptions = {
  readonly store: ObjectStore;
  /** Undefined for a queue that nobody here knows: its messages stay. */
  readonly handlerOf: (queue: string) => MessageHandler | undefined;
  readonly metrics: EventMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
  /** How often it looks for messages. @default 250 */
  readonly pollMs?: number;
};

export interface MessagePump {
  /** Breaks off what is under way; it is done again after the next start. */
  stop(): Promise<void>;
}

/**
 * Handles the messages that all processes have written: in one process only. Queues do not wait for each other, and a message
 * waits only for earlier ones of its group.
 */
export function startMessagePump(options: MessagePumpOptions): MessagePump {
  const { store, handlerOf, metrics, logger, pollMs = 250 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const runners = new Map<string, QueueRunner>();
  let wake = (): void => {};

  const runnerOf = (queue: string): QueueRunner | undefined => {
    const known = runners.get(queue);
    if (known !== undefined) return known;
    const handler = handlerOf(queue);
    if (handler === undefined) return undefined;
    const runner = createQueueRunner(queue, { ...options, handler, signal, onProgress: () => wake() });
    runners.set(queue, runner);
    return runner;
  };

  const look = async (): Promise<void> => {
    for (const queue of await store.listQueues()) {
      metrics.queue(queue);
      if (queue.waiting > 0) await runnerOf(queue.name)?.startDue(queue.waiting);
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await look().catch((error: unknown) => logger.error({ err: error }, "messages could not be read; trying again"));
      // One that is woken leaves its timer: it ends by itself, and soon.
      await Promise.race([woken, delay(pollMs, undefined, { signal, ref: false }).catch(() => {})]);
    }
  };

  const done = run();
  return {
    async stop() {
      stopping.abort();
      await done;
      await Promise.all([...runners.values()].map((runner) => runner.idle()));
    },
  };
}
