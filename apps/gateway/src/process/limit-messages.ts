import type { Worker } from "node:cluster";
import type { LimitUse, RateLimits } from "../limits/rate-limits.ts";

// How the processes of one server keep its rate limits together: each tells the parent what it has admitted, and the parent tells the
// others. So a limit is exact over time, as each counts the use of all, and late by one interval: what that lets through too much is
// a debt to be paid first.

type LimitMessage = { readonly kind: "limit-use"; readonly use: LimitUse };

const intervalMs = 100;
/** A process that does not read gets no more: it learns less of the others, until it is replaced. */
const maxUnread = 20;

/** In a worker: tells what it has used, and hears of the others. Returns what stops it. */
export function shareLimitUse(limits: RateLimits, channel: Pick<NodeJS.Process, "send" | "on" | "off">): () => void {
  let isSending = false;
  const tell = () => {
    const use = isSending ? undefined : limits.takeUse();
    if (use === undefined) return;
    const message: LimitMessage = { kind: "limit-use", use };
    isSending = true;
    channel.send?.(message, undefined, undefined, () => {
      isSending = false;
    });
  };
  const hear = (message: unknown) => {
    if (isLimitMessage(message)) limits.addUse(message.use);
  };
  const timer = setInterval(tell, intervalMs).unref();
  channel.on("message", hear);
  return () => {
    clearInterval(timer);
    channel.off("message", hear);
  };
}

/** In the parent: makes what lets a worker tell the others, whichever there are by then. */
export function createLimitRelay(workers: Iterable<Worker>): (worker: Worker) => void {
  const unread = new WeakMap<Worker, number>();

  const pass = (message: LimitMessage, worker: Worker): void => {
    const count = unread.get(worker) ?? 0;
    if (count >= maxUnread || !worker.isConnected()) return;
    unread.set(worker, count + 1);
    worker.send(message, () => unread.set(worker, (unread.get(worker) ?? 1) - 1));
  };

  return (worker) => {
    worker.on("message", (message: unknown) => {
      if (!isLimitMessage(message)) return;
      for (const other of workers) {
        if (other !== worker) pass(message, other);
      }
    });
  };
}

function isLimitMessage(message: unknown): message is LimitMessage {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "limit-use";
}
