// Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
import type { WriteConditions } from "@stave/object-store";
import { notImplemented } from "../errors/not-implemented.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { unquote } from "./object-headers.ts";

/** Undefined when there are none. Throws `NotImplemented` for forms that S3 does not have: a condition is never ignored. */
export function readWriteConditions(headers: RequestHeaders): WriteConditions | undefined {
  const ifMatch = headers["if-match"];
  const ifNoneMatch = headers["if-none-match"];
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw notImplemented({ header: "If-None-Match" });
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== "*") throw notImplemented({ header: "If-None-Match" });
    return { ifNoneMatch: "*" };
  }
  return ifMatch === undefined ? undefined : { ifMatch: unquote(ifMatch) };
}
