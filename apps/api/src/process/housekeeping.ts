import type { ApiContext } from "../context.ts";
import { type Keeper, keepDoing } from "./keep-doing.ts";

const everyMs = 10 * 60_000;
const dayMs = 24 * 3_600_000;
const keptMs = 30 * dayMs;
/** Who was away for longer reads everything again. */
const keptEvents = 10_000;

/**
 * Removes what is only kept for a while: checks and ended jobs for 30 days, the newest events, sessions and answers of repeated requests until
 * they expire, and of the audit log what is older than `--audit-days`. Safe in several processes.
 */
export function startHousekeeping({ config, database, logger, now }: ApiContext): Keeper {
  const clean = async (): Promise<void> => {
    const at = now();
    const before = new Date(at.getTime() - keptMs);
    const { alerts, containerWatch, identities, jobs, serviceHealth, sessions } = database.as("system");
    await serviceHealth.prune(before);
    await alerts.prune(before);
    await containerWatch.prune(before);
    await jobs.prune(before);
    await sessions.prune(at);
    await identities.prune(at);
    await database.idempotency.prune(at);
    await database.events.prune(keptEvents);
    if (config.auditDays > 0) await database.audit.prune(startOfDay(at, config.auditDays));
  };
  return keepDoing(clean, { pauseMs: everyMs, logger, problem: "old rows could not be removed" });
}

/** Whole days, so that there is one entry about it a day and not one every time. */
function startOfDay(at: Date, daysBefore: number): Date {
  return new Date((Math.floor(at.getTime() / dayMs) - daysBefore) * dayMs);
}
