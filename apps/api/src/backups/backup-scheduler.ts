import type { BackupScheduleRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { type Keeper, keepDoing } from "../process/keep-doing.ts";
import { nextRun } from "./cron.ts";
import { removeExpired } from "./remove-expired.ts";

const lookEveryMs = 1000;
const expireEveryMs = 10 * 60_000;
const page = 100;

/** Begins what is due, and deletes what is kept no longer. Of several processes one begins each. A time that nobody was there for is made up for once. */
export function startBackupScheduler(context: ApiContext & { readonly wakeJobs: () => void }): Keeper {
  const { database, logger, now, wakeJobs } = context;
  const next = (schedule: BackupScheduleRecord): Date | undefined => {
    try {
      return nextRun(schedule, { after: now(), last: schedule.nextAt });
    } catch (error) {
      logger.error({ schedule: schedule.id, err: error }, "a schedule cannot be read");
      return undefined;
    }
  };
  const beginDue = async (signal: AbortSignal): Promise<void> => {
    const { backupSchedules } = database.as("backup scheduler");
    while (!signal.aborted) {
      const due = await backupSchedules.beginDue(next);
      if (due === undefined) return;
      if (due.backup !== undefined) wakeJobs();
    }
  };
  const expire = async (signal: AbortSignal): Promise<void> => {
    const { backupSchedules } = database.as("backup scheduler");
    for (let after: string | undefined; ; ) {
      const found = await backupSchedules.list({ limit: page, after });
      for (const { id } of found) {
        if (signal.aborted) return;
        await removeExpired(context, id);
      }
      after = found.at(-1)?.id;
      if (found.length < page) return;
    }
  };
  const beginning = keepDoing(beginDue, { pauseMs: lookEveryMs, logger, problem: "schedules could not be looked at" });
  const expiring = keepDoing(expire, {
    pauseMs: expireEveryMs,
    logger,
    problem: "old backups could not be looked for",
  });
  return {
    async stop() {
      await Promise.all([beginning.stop(), expiring.stop()]);
    },
  };
}
