// Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
import type { DeleteMarker, ObjectVersion, WriteConditions } from "@stave/object-store";
import { notImplemented } from "../errors/not-implemented.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { unquote } from "./object-headers.ts";
import { preconditionFailed } from "./read-conditions.ts";

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

/**
 * Refuses a write that cannot succeed before its body is sent. The store decides again when it commits: this only spares
 * the client an upload.
 */
export function checkWriteConditions(
  conditions: WriteConditions,
  current: ObjectVersion | DeleteMarker | undefined,
): void {
  const object = current === undefined || current.isDeleteMarker ? undefined : current;
  if (conditions.ifNoneMatch !== undefined && object !== undefined) throw preconditionFailed("If-None-Match");
  if (conditions.ifMatch === undefined) return;
  if (object === undefined) throw new S3Error("NoSuchKey", "The specified key does not exist.");
  if (conditions.ifMatch !== "*" && conditions.ifMatch !== object.etag) throw preconditionFailed("If-Match");
}
