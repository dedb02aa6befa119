import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";

/** Something that goes on until it is stopped. */
export type Keeper = { stop(): Promise<void> };

export type KeepDoingOptions = {
  /** Between the end of one time and the next. */
  readonly pauseMs: number;
  readonly logger: Pick<Logger, "error">;
  /** What is logged with what a time has thrown: "services could not be looked at". */
  readonly problem: string;
};

/**
 * Does something again and again. What it throws is logged, and it goes on. Its signal is aborted by `stop`, which waits for its end;
 * what it throws from then on is expected.
 */
export function keepDoing(
  task: (signal: AbortSignal) => Promise<void>,
  { pauseMs, logger, problem }: KeepDoingOptions,
): Keeper {
  const stopping = new AbortController();
  const { signal } = stopping;
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      await task(signal).catch((error: unknown) => {
        if (!signal.aborted) logger.error({ err: error }, problem);
      });
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {}); // the loop asks why it has ended
    }
  };
  const working = work();
  return {
    async stop() {
      stopping.abort();
      await working;
    },
  };
}
