// Object Lock: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
import type { Bucket, Retention, VersionAttributes } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

const modeHeader = "x-amz-object-lock-mode";
const dateHeader = "x-amz-object-lock-retain-until-date";
const holdHeader = "x-amz-object-lock-legal-hold";

export type LockAttributes = Pick<VersionAttributes, "retention" | "legalHold">;

/**
 * How the headers of a write lock the version; undefined when they say nothing.
 *
 * Throws `InvalidRequest` on a bucket without object lock, and `InvalidArgument`.
 */
export function readLockHeaders(
  headers: RequestHeaders,
  { bucketInfo, receivedAt }: { readonly bucketInfo: Bucket | undefined; readonly receivedAt: Date },
): LockAttributes | undefined {
  const mode = headers[modeHeader];
  const date = headers[dateHeader];
  const hold = headers[holdHeader];
  if (mode === undefined && date === undefined && hold === undefined) return undefined;
  if (bucketInfo?.hasObjectLock !== true) {
    throw new S3Error("InvalidRequest", "Bucket is missing ObjectLockConfiguration");
  }
  const retention = readRetention(mode, date);
  if (retention !== undefined) checkIsInFuture(retention, receivedAt);
  return {
    ...(retention !== undefined && { retention }),
    ...(hold !== undefined && { legalHold: readHold(hold) }),
  };
}

/** Throws `InvalidArgument`. */
export function checkIsInFuture({ retainUntil }: Retention, now: Date): void {
  if (retainUntil > now) return;
  throw invalid("The retain until date must be in the future!", dateHeader, retainUntil.toISOString());
}

/** What GET and HEAD say of the locks of a version. */
export function lockHeaders({ retention, legalHold }: LockAttributes): Record<string, string> {
  return {
    ...(retention !== undefined && {
      [modeHeader]: retention.mode,
      [dateHeader]: retention.retainUntil.toISOString(),
    }),
    ...(legalHold !== undefined && { [holdHeader]: legalHold ? "ON" : "OFF" }),
  };
}

/** Whether a request insists on lifting what `GOVERNANCE` retains. */
export function bypassesGovernance(headers: RequestHeaders): boolean {
  return headers["x-amz-bypass-governance-retention"]?.toLowerCase() === "true";
}

function readRetention(mode: string | undefined, date: string | undefined): Retention | undefined {
  if (mode === undefined && date === undefined) return undefined;
  if (mode === undefined || date === undefined) {
    throw invalid(
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
      mode === undefined ? modeHeader : dateHeader,
    );
  }
  if (mode !== "GOVERNANCE" && mode !== "COMPLIANCE") throw invalid("Unknown wormMode directive.", modeHeader, mode);
  return { mode, retainUntil: readDate(date) };
}

/** With a time and a zone: without them a date would mean another moment on every server. */
const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/;

function readDate(text: string): Date {
  const date = new Date(isoDate.test(text) ? text : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw invalid("The retain until date must be provided in ISO 8601 format", dateHeader, text);
}

function readHold(status: string): boolean {
  if (status === "ON" || status === "OFF") return status === "ON";
  throw invalid("Legal Hold must be either of 'ON' or 'OFF'", holdHeader, status);
}

function invalid(message: string, name: string, value = "null"): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: name, ArgumentValue: value } });
}
