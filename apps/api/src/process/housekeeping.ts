import { setTimeout as sleep } from "node:timers/promises";
import type { ApiContext } from "../context.ts";

const everyMs = 10 * 60_000;
const keptMs = 30 * 24 * 3_600_000;
/** Who was away for longer reads everything again. */
const keptEvents = 10_000;

/**
 * Removes what is only kept for a while: checks and ended jobs for 30 days, the newest events, sessions and answers of repeated requests until
 * they expire. Safe in several processes.
 */
export function startHousekeeping({ database, logger, now }: ApiContext): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const clean = async (): Promise<void> => {
    const at = now();
    const before = new Date(at.getTime() - keptMs);
    const { jobs, serviceHealth, sessions } = database.as("system");
    await serviceHealth.prune(before);
    await jobs.prune(before);
    await sessions.prune(at);
    await database.idempotency.prune(at);
    await database.events.prune(keptEvents);
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clean().catch((error: unknown) => logger.error({ err: error }, "old rows could not be removed"));
      await sleep(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
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
