import { setTimeout as delay } from "node:timers/promises";
import type { Message, ObjectStore } from "@stave/object-store";
import type { Logger } from "pino";
import type { EventMetrics } from "../process/event-metrics.ts";

export interface MessageHandler {
  /** Throws when it has to be tried again. What it throws is shown to the operator. */
  handle(message: Message, signal: AbortSignal): Promise<void>;
  /** Told when a message is given up. */
  onDead?(message: Message): Promise<void>;
}

export interface QueueRunner {
  /** Starts what is due and may run now. `waiting`: how many messages there are. */
  startDue(waiting: number): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export type QueueRunnerOptions = {
  readonly store: ObjectStore;
  readonly handler: MessageHandler;
  readonly metrics: EventMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Called when a message has been handled, in whatever way. */
  readonly onProgress: () => void;
};

/** Messages of a queue that are handled at the same time, each of another group. */
const maxRunning = 8;
const pageMessages = 256;
/** Behind so many that cannot run yet, others are not looked for. */
const maxLookedAt = 4096;

/** 1 s, 2 s, 4 s, ... and then an hour: about nine hours in all. */
export const maxAttempts = 20;
const maxDelayMs = 60 * 60 * 1000;
const unclearDelayMs = 10_000;

export function delayAfter(attempts: number): number {
  return Math.min(1000 * 2 ** (attempts - 1), maxDelayMs);
}

export function createQueueRunner(queue: string, options: QueueRunnerOptions): QueueRunner {
  const { store, handler, metrics, logger, now, signal } = options;
  const running = new Map<number, { readonly group: string; readonly done: Promise<void> }>();
  // Ended since a page was asked for: the page may still show them as they were.
  const ended = new Set<number>();
  // Nothing can be started before then, unless something is added or ends.
  let resting: { readonly waiting: number; readonly until: number } | undefined;
  let ends = 0;

  const record = async (message: Message, failure: unknown): Promise<void> => {
    const { sequence, group } = message;
    if (failure === undefined) {
      metrics.attempt(queue, "done");
      await store.changeMessages(queue, [{ sequence, to: "done" }]);
      return;
    }
    const attempts = message.attempts + 1;
    const reason = failure instanceof Error ? failure.message : String(failure);
    const isDead = attempts >= maxAttempts;
    const facts = { queue, sequence, group, attempts, reason };
    metrics.attempt(queue, isDead ? "dead" : "failed");
    if (isDead) {
      logger.error(facts, "a message was given up; see `stave-gateway events`");
      await handler.onDead?.(message);
    } else {
      // One line for each message, and not twenty: many may be waiting for the same receiver.
      logger[attempts === 1 ? "warn" : "debug"](facts, "a message could not be delivered; it will be tried again");
    }
    const dueAt = new Date(now().getTime() + delayAfter(attempts));
    await store.changeMessages(queue, [
      { sequence, to: isDead ? "dead" : "waiting", attempts, dueAt, failure: reason.slice(0, 500) },
    ]);
  };

  const run = async (message: Message): Promise<void> => {
    let failure: unknown;
    try {
      await handler.handle(message, signal);
    } catch (error) {
      if (signal.aborted) return; // nobody knows how it would have ended
      failure = error;
    }
    await record(message, failure);
  };

  const start = (message: Message): void => {
    const { sequence, group } = message;
    const done = run(message)
      .catch(async (error: unknown) => {
        logger.error(
          { err: error, queue, sequence },
          "what became of a message could not be written down; it comes again",
        );
        // Else it would come again at once, and as long as the disk is out of order.
        await delay(unclearDelayMs, undefined, { signal, ref: false }).catch(() => {});
      })
      .then(() => {
        running.delete(sequence);
        ended.add(sequence);
        ends += 1;
        resting = undefined;
        options.onProgress();
      });
    running.set(sequence, { group, done });
  };

  return {
    async startDue(waiting) {
      const nowMs = now().getTime();
      if (resting?.waiting === waiting && nowMs < resting.until) return;
      const endsBefore = ends;
      const busy = new Set([...running.values()].map(({ group }) => group));
      let earliest = Number.POSITIVE_INFINITY;
      let after = 0;
      for (let looked = 0; looked < maxLookedAt && running.size < maxRunning; looked += pageMessages) {
        ended.clear();
        const page = await store.readMessages(queue, { state: "waiting", after, limit: pageMessages });
        for (const message of page) {
          const { sequence, group, dueAt } = message;
          if (ended.has(sequence) || busy.has(group)) continue;
          busy.add(group);
          if (dueAt.getTime() > nowMs) earliest = Math.min(earliest, dueAt.getTime());
          else if (running.size < maxRunning && !signal.aborted) start(message);
        }
        after = page.at(-1)?.sequence ?? after;
        if (page.length < pageMessages) break;
      }
      resting = ends === endsBefore ? { waiting, until: earliest } : undefined;
    },
    async idle() {
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}
