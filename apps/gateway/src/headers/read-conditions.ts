// Order of evaluation: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
import type { ObjectVersion } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import { parseHttpDate } from "../http/http-date.ts";
import { unquote } from "./object-headers.ts";

export type ReadConditions = {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
  /** A date after this one says nothing: it is ignored. */
  readonly receivedAt: Date;
};

export type ConditionOutcome =
  | { readonly outcome: "proceed" }
  | { readonly outcome: "not-modified" | "failed"; readonly condition: string };

/** What the conditions of a read say about this version. `condition` is the header that decided. */
export function evaluateReadConditions(conditions: ReadConditions, version: ObjectVersion): ConditionOutcome {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  // HTTP dates have no milliseconds: compare whole seconds.
  const modifiedSeconds = Math.floor(version.lastModified.getTime() / 1000);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) return { outcome: "failed", condition: "If-Match" };
  } else {
    const limit = parseHttpDate(ifUnmodifiedSince);
    if (limit !== undefined && modifiedSeconds > limit) return { outcome: "failed", condition: "If-Unmodified-Since" };
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, version.etag)) return { outcome: "not-modified", condition: "If-None-Match" };
  } else {
    const limit = parseHttpDate(ifModifiedSince);
    const isPast = limit !== undefined && limit * 1000 <= conditions.receivedAt.getTime();
    if (isPast && modifiedSeconds <= limit) return { outcome: "not-modified", condition: "If-Modified-Since" };
  }
  return { outcome: "proceed" };
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    elements: { Condition: condition },
  });
}

function matches(header: string, etag: string): boolean {
  return header.split(",").some((entry) => {
    const candidate = unquote(entry.trim().replace(/^W\//, ""));
    return candidate === "*" || candidate === etag;
  });
}
