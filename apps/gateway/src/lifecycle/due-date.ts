/** A day of a lifecycle rule. */
export const realDayMs = 24 * 60 * 60 * 1000;

/**
 * When something is due that is counted in days: at the first midnight UTC that is not before.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days
 *
 * In milliseconds, not a `Date`: the largest number of days lies beyond what a `Date` can hold.
 */
export function dueAfterDays(sinceMs: number, days: number, dayMs: number): number {
  return Math.ceil((sinceMs + days * dayMs) / dayMs) * dayMs;
}

/** RFC 1123; undefined for what lies beyond the years that it can write. */
export function httpDate(atMs: number): string | undefined {
  return atMs < Date.UTC(10_000, 0) ? new Date(atMs).toUTCString() : undefined;
}
