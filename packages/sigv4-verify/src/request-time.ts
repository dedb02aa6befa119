import { SignatureError } from "./signature-error.ts";

export type RequestTime = {
  /** `YYYYMMDDTHHMMSSZ`, as it stands in the string to sign. */
  readonly timestamp: string;
  readonly timeMs: number;
};

/** How far the clocks of client and server may differ. */
export const MAX_SKEW_MS = 900_000;

/** The signing time of a header-signed request, checked against `now`. */
export function readRequestTime(headers: ReadonlyMap<string, string>, now: Date): RequestTime {
  const amzDate = headers.get("x-amz-date");
  const time = amzDate === undefined ? readDateHeader(headers.get("date") ?? "") : readTimestamp(amzDate);
  if (time === undefined) {
    throw new SignatureError("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  }
  if (Math.abs(now.getTime() - time.timeMs) > MAX_SKEW_MS) {
    const message = "The difference between the request time and the server's time is too large.";
    throw new SignatureError("RequestTimeTooSkewed", message, {
      details: {
        RequestTime: time.timestamp,
        ServerTime: formatTime(now),
        MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
      },
    });
  }
  return time;
}

/** Reads `YYYYMMDDTHHMMSSZ`, the only form that x-amz-date and X-Amz-Date may have. */
export function readTimestamp(text: string): RequestTime | undefined {
  if (text.length !== 16 || text[8] !== "T" || text[15] !== "Z") return undefined;
  const date = readDigits(text, 0, 8);
  const clock = readDigits(text, 9, 15);
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100];
  const [hours, minutes, seconds] = [Math.floor(clock / 10_000), Math.floor(clock / 100) % 100, clock % 100];
  const timeMs = Date.UTC(year, month - 1, day, hours, minutes, seconds);
  // `Date.UTC` carries what is out of range into the next field; NaN differs from everything.
  const isReal = new Date(timeMs).getUTCDate() === day && month >= 1 && month <= 12;
  return isReal && hours < 24 && minutes < 60 && seconds < 60 ? { timestamp: text, timeMs } : undefined;
}

/** As S3 writes times in its error documents: ISO 8601 without milliseconds. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function readDateHeader(text: string): RequestTime | undefined {
  // Botocore signs the mail form of the zone, -0000, when the caller set a Date (1.44).
  const httpDate = text.replace(/ [+-]0000$/, " GMT");
  const time = new Date(httpDate);
  // RFC 9110 section 5.6.7: only the one form that senders may use. `Date` itself would read nearly anything.
  const isHttpDate = !Number.isNaN(time.getTime()) && time.toUTCString() === httpDate;
  if (!isHttpDate) return readTimestamp(text);
  return { timestamp: formatTime(time).replaceAll(/[-:]/g, ""), timeMs: time.getTime() };
}

function readDigits(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
