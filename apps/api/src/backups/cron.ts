import { Cron } from "croner";
import { Problem } from "../http/problem.ts";

/** Of any two times at least an hour apart: the fields of seconds and minutes are one number each. */
const number = /^\d{1,2}$/;
const hourMs = 3_600_000;

/** Six fields, seconds first. Throws a {@link Problem} for what is none, is not a time, or comes more often than once an hour. */
export function normaliseCron(text: string): string {
  const fields = text.trim().split(/\s+/);
  if (fields.length === 5) fields.unshift("0");
  if (fields.length !== 6) throw refused("cron", "Expected five fields, or six with seconds first.");
  const [seconds = "", minutes = ""] = fields;
  if (!number.test(seconds) || !number.test(minutes)) {
    throw refused("cron", "A schedule must be at least 1 hour apart: expected one second and one minute.");
  }
  return fields.join(" ");
}

export type CronTimes = { readonly cron: string; readonly timeZone: string };

/** The first time after `after`; at least an hour after `last`, also when clocks are put back. Throws a {@link Problem}. */
export function nextRun(
  { cron, timeZone }: CronTimes,
  { after, last }: { readonly after: Date; readonly last?: Date | undefined },
): Date | undefined {
  const earliest = last === undefined ? after : new Date(Math.max(after.getTime(), last.getTime() + hourMs - 1));
  return parse({ cron, timeZone }).nextRun(earliest) ?? undefined;
}

/** As {@link nextRun}, for a schedule that must have one. */
export function firstRun(times: CronTimes, after: Date): Date {
  const next = nextRun(times, { after });
  if (next === undefined) throw refused("cron", "There is no such time.");
  return next;
}

function parse({ cron, timeZone }: CronTimes): Cron {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw refused("timeZone", "Expected a time zone such as UTC or Europe/Berlin.", cause);
  }
  try {
    return new Cron(cron, { timezone: timeZone, paused: true, mode: "6-part" });
  } catch (cause) {
    throw refused("cron", "Expected fields of a cron expression.", cause);
  }
}

function refused(field: string, message: string, cause?: unknown): Problem {
  const errors = [{ pointer: `/${field}`, code: "invalid_value", message }];
  return new Problem("UNPROCESSABLE", { detail: message, errors, cause });
}
