import { setTimeout as sleep } from "node:timers/promises";
import type { ControlDatabase } from "@stave/control-database";

/** Tells that there are new events, whichever process has written them. One look serves all who wait. */
export interface EventFeed {
  /** True when there is an event after this one; false after `timeoutMs`, or when the process stops. */
  waitFor(after: number, timeoutMs: number): Promise<boolean>;
}

const lookEveryMs = 250;

export function createEventFeed({ events }: Pick<ControlDatabase, "events">, stopping: AbortSignal): EventFeed {
  let looking: Promise<number> | undefined;
  const look = (): Promise<number> => {
    looking ??= sleep(lookEveryMs, undefined, { signal: stopping })
      .then(async () => (await events.range()).last)
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  return {
    async waitFor(after, timeoutMs) {
      for (const deadline = Date.now() + timeoutMs; Date.now() < deadline && !stopping.aborted; ) {
        const last = await look().catch((error: unknown) => {
          if (stopping.aborted) return after;
          throw error;
        });
        if (last > after) return true;
      }
      return false;
    },
  };
}
