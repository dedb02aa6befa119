// Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
import type { WriteConditions } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { unquote } from "./object-headers.ts";

/**
 * Undefined when there are none. Throws `NotImplemented` for both at once, and for lists, which S3 does not have either: a
 * condition is never ignored. S3 refuses an etag in If-None-Match as well; here it is decided, in the one way it can be meant.
 */
export function readWriteConditions(headers: RequestHeaders): WriteConditions | undefined {
  const ifMatch = headers["if-match"];
  const ifNoneMatch = headers["if-none-match"];
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw refused("If-None-Match", "Multiple conditional request headers present in the request");
  }
  return ifMatch === undefined
    ? { ifNoneMatch: readEtag("If-None-Match", ifNoneMatch ?? "") }
    : { ifMatch: readEtag("If-Match", ifMatch) };
}

/** One etag, with or without quotes, or `*`. */
function readEtag(header: string, text: string): string {
  const etag = unquote(text.trim().replace(/^W\//, ""));
  if (etag !== "" && !etag.includes(",") && !etag.includes('"')) return etag;
  throw refused(header, `We don't accept the provided value of ${header} header for this API`);
}

function refused(header: string, additionalMessage: string): S3Error {
  return new S3Error("NotImplemented", "A header you provided implies functionality that is not implemented", {
    elements: { Header: header, additionalMessage },
  });
}
