/** The three forms of RFC 9110, section 5.6.7. All are UTC; only the first two say so. */
const httpDate =
  /^(?:\w{3,9}, \d{1,2}[ -]\w{3}[ -]\d{2,4} [\d:]{8} (?:GMT|UTC|[+-]0000)|(\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}))$/;

/** Seconds since 1970; undefined when absent or not a date, which HTTP says to ignore. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // `Date.parse` alone takes "1" for a year, and a date without a zone for local time.
  const match = httpDate.exec(text.trim());
  if (match === null) return undefined;
  const time = Date.parse(match[1] === undefined ? match[0] : `${match[1]} GMT`);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
