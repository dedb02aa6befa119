import { setTimeout as delay } from "node:timers/promises";
import type { ObjectStore } from "@stave/object-store";
import type { Logger } from "pino";
import { createConfigurationCache } from "../configuration/bucket-configurations.ts";
import { realDayMs } from "../lifecycle/due-date.ts";
import { runLifecycle } from "../lifecycle/run-lifecycle.ts";
import type { LifecycleMetrics } from "./lifecycle-metrics.ts";
import type { LifecycleRecord } from "./lifecycle-record.ts";

export type LifecycleSchedule = {
  readonly store: ObjectStore;
  readonly logger: Logger;
  readonly metrics: LifecycleMetrics;
  readonly record: LifecycleRecord;
  /** How long a day of a rule is. */
  readonly dayMs: number;
  /** A run begins whenever a multiple of it, counted from 1970, has passed: with a day, at midnight UTC. */
  readonly intervalMs: number;
  /** @default the system clock */
  readonly now?: () => Date;
  /** How often to look at the clock, which may be set, or stand still while the machine sleeps. @default 60,000 */
  readonly checkEveryMs?: number;
};

/** After a run with failures, the next one waits so long. */
const retryMs = 10 * 60_000;

/** Carries out lifecycle rules until it is told to stop: at once if a run was missed, then one in every interval. */
export async function keepLifecycle(schedule: LifecycleSchedule, signal: AbortSignal): Promise<void> {
  const { logger, metrics, record, dayMs, intervalMs, now = () => new Date(), checkEveryMs = 60_000 } = schedule;
  if (dayMs !== realDayMs) logger.warn({ daySeconds: dayMs / 1000 }, "days of lifecycle rules are shortened");
  let last = await record.read();
  if (last !== undefined) metrics.completed(last);
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const startedAt = now();
    if (isMissed(last, startedAt, intervalMs) && startedAt.getTime() >= notBeforeMs) {
      if (await runOnce(schedule, startedAt, signal)) last = startedAt;
      else notBeforeMs = startedAt.getTime() + Math.min(retryMs, intervalMs);
    }
    const untilNextMs = intervalMs - (now().getTime() % intervalMs);
    await delay(Math.min(checkEveryMs, untilNextMs), undefined, { signal, ref: false }).catch(() => {}); // told to stop
  }
}

/** A run in the future was made by a clock that has been set back since. */
function isMissed(last: Date | undefined, now: Date, intervalMs: number): boolean {
  if (last === undefined || last > now) return true;
  return Math.floor(now.getTime() / intervalMs) > Math.floor(last.getTime() / intervalMs);
}

/** Whether everything that was due is done. */
async function runOnce(schedule: LifecycleSchedule, startedAt: Date, signal: AbortSignal): Promise<boolean> {
  const { store, logger, metrics, record, dayMs, now = () => new Date() } = schedule;
  try {
    const report = await runLifecycle({
      store,
      configurations: createConfigurationCache(store),
      now,
      dayMs,
      signal,
      onDone: (_, { action }) => metrics.done(action),
      onError(error, where) {
        metrics.failed();
        logger.error({ ...where, err: error }, "a lifecycle rule could not be carried out; it will be tried again");
      },
    });
    if (report.done > 0 || report.errors > 0) logger.info(report, "carried out lifecycle rules");
    if (report.errors > 0) return false;
    await record.write(startedAt);
    metrics.completed(startedAt);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    metrics.failed();
    logger.error({ err: error }, "the run of lifecycle rules failed; it will be tried again");
    return false;
  }
}
