import { UsageError } from "../process/usage-error.ts";

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A century, and then there is `Date`'s own end. */
const maxMs = 36_525 * 86_400_000;

/** `90s`, `15m`, `24h`, `30d`, and `0`. Throws a {@link UsageError} that names the option. */
export function parseDuration(option: string, text: string): number {
  const [, count = "", unit = "s"] = /^(\d{1,9})([smhd])$/.exec(text) ?? (text === "0" ? ["", "0"] : []);
  const durationMs = count === "" ? Number.NaN : Number(count) * (unitMs[unit] ?? Number.NaN);
  if (durationMs <= maxMs) return durationMs;
  throw new UsageError(
    `${option}: Expected a duration such as 15m, 24h or 30d, got ${JSON.stringify(text)}. See --help.`,
  );
}

/** A date, a date and time with its zone, or a duration from `now` on, in `direction`. Throws a {@link UsageError} that names the option. */
export function parseMoment(
  option: string,
  text: string,
  { now, direction }: { readonly now: Date; readonly direction: "ahead" | "back" },
): Date {
  if (/^\d{1,9}[smhd]$/.test(text)) {
    const durationMs = parseDuration(option, text);
    return new Date(now.getTime() + (direction === "ahead" ? durationMs : -durationMs));
  }
  const moment = dateOf(text);
  if (moment !== undefined) return moment;
  throw new UsageError(
    `${option}: Expected a date (2030-01-31), a time with its zone (2030-01-31T12:00:00Z) or a duration (30d), got ${JSON.stringify(text)}. See --help.`,
  );
}

/** `Date` takes much more than ISO 8601, a time without a zone for local, and the 31st of February for a day in March. */
function dateOf(text: string): Date | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.exec(text);
  if (parts === null) return undefined;
  const [, day = ""] = parts;
  const moment = new Date(text);
  const midnight = new Date(day);
  const isReal = !Number.isNaN(moment.getTime()) && midnight.toISOString().startsWith(day);
  return isReal ? moment : undefined;
}
