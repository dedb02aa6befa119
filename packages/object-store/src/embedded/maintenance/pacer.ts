import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";

/** Keeps work in the background slow, and out of the way of requests. */
export interface Pacer {
  /** To be awaited after each small piece of work. Rejects when the work is to stop. */
  spend(bytes: number): Promise<void>;
}

export type PacerOptions = {
  /** Undefined: as fast as it goes, but never for long at a time. */
  readonly bytesPerSecond: number | undefined;
  readonly signal?: AbortSignal;
};

/** Others have the event loop after this long. */
const turnMs = 1;
/** A shorter wait costs more than it is worth. */
const shortestWaitMs = 5;
/** What was not used may be made up for, for this long. */
const burstMs = 100;

export function createPacer({ bytesPerSecond, signal }: PacerOptions): Pacer {
  let paidUntil = performance.now();
  let turnStart = Number.NEGATIVE_INFINITY; // the first piece ends a turn: an empty store must not be all there is in one
  return {
    async spend(bytes) {
      signal?.throwIfAborted();
      const now = performance.now();
      if (bytesPerSecond !== undefined) {
        paidUntil = Math.max(paidUntil, now - burstMs) + (bytes / bytesPerSecond) * 1000;
        if (paidUntil - now >= shortestWaitMs) await delay(paidUntil - now, undefined, signal && { signal });
      }
      if (now - turnStart < turnMs) return;
      await nextTurn();
      turnStart = performance.now();
    },
  };
}

/** Throws a `TypeError` unless it is a rate. */
export function checkRate(bytesPerSecond: number | undefined): void {
  if (bytesPerSecond === undefined || (bytesPerSecond > 0 && Number.isFinite(bytesPerSecond))) return;
  throw new TypeError(`Expected \`bytesPerSecond\` to be greater than 0, got ${bytesPerSecond}`);
}
