import { durationSeconds, InvalidValue } from "./options.ts";

/** A time, or how far it is from now. */
export type Moment = { readonly at: Date } | { readonly seconds: number };

/** `2026-01-31`, `2026-01-31T12:00:00Z`, or a duration: `90s`, `15m`, `24h`, `7d`. */
export function moment(text: string): Moment {
  if (/^\d{1,9}[smhd]?$/.test(text)) return { seconds: durationSeconds(text) };
  const at = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN);
  if (Number.isNaN(at.getTime())) {
    throw new InvalidValue(
      `Expected a time such as 2026-01-31T12:00:00Z, or a duration such as 24h or 7d, got "${text}".`,
    );
  }
  return { at };
}

/** That long ago. */
export function momentBefore(when: Moment, now: Date): string {
  return ("at" in when ? when.at : new Date(now.getTime() - when.seconds * 1000)).toISOString();
}

/** In that time. */
export function momentAfter(when: Moment, now: Date): string {
  return ("at" in when ? when.at : new Date(now.getTime() + when.seconds * 1000)).toISOString();
}
