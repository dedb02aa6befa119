import type { MessageQueue } from "@stave/object-store";
import { Counter, Gauge, type Registry } from "prom-client";

/** What is to be told to others. Set in the process that does it. Queues are as many as the operator has named receivers. */
export interface EventMetrics {
  queue(queue: MessageQueue): void;
  attempt(queue: string, outcome: "done" | "failed" | "dead"): void;
}

export function createEventMetrics(registry: Registry): EventMetrics {
  const registers = [registry];
  const messages = new Gauge({
    name: "stave_messages",
    help: "Events and copies that wait for their receiver, or were given up, by queue and state.",
    labelNames: ["queue", "state"],
    registers,
  });
  const dropped = new Gauge({
    name: "stave_messages_dropped",
    help: "Events and copies that found their queue full, ever: they are lost.",
    labelNames: ["queue"],
    registers,
  });
  const attempts = new Counter({
    name: "stave_message_attempts_total",
    help: "Attempts at events and copies, by queue and outcome.",
    labelNames: ["queue", "outcome"],
    registers,
  });
  return {
    queue({ name: queue, waiting, dead, dropped: lost }) {
      messages.set({ queue, state: "waiting" }, waiting);
      messages.set({ queue, state: "dead" }, dead);
      dropped.set({ queue }, lost);
    },
    attempt: (queue, outcome) => attempts.inc({ queue, outcome }),
  };
}
