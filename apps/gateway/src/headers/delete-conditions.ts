// Conditional deletes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
import type { DeleteConditions } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import { parseHttpDate } from "../http/http-date.ts";
import { unquote } from "./object-headers.ts";

/** As sent, in headers or in the document of DeleteObjects. */
export type SentDeleteConditions = {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly size: string | undefined;
};

/** Throws `InvalidArgument` for a time or a size that is none: a condition is never ignored. */
export function readDeleteConditions({ etag, lastModified, size }: SentDeleteConditions): DeleteConditions {
  return {
    ...(etag !== undefined && { ifMatch: unquote(etag) }),
    ...(lastModified !== undefined && { ifLastModified: readTime(lastModified) }),
    ...(size !== undefined && { ifSizeBytes: readSize(size) }),
  };
}

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A document has its times in the form of XML, a header in one of HTTP's; clients mix them up. */
function readTime(text: string): Date {
  const trimmed = text.trim();
  const timeMs = isoDate.test(trimmed) ? Date.parse(trimmed) : (parseHttpDate(trimmed) ?? Number.NaN) * 1000;
  if (Number.isNaN(timeMs)) throw invalid("x-amz-if-match-last-modified-time", text);
  return new Date(timeMs);
}

function readSize(text: string): number {
  if (/^\d{1,15}$/.test(text.trim())) return Number(text);
  throw invalid("x-amz-if-match-size", text);
}

function invalid(name: string, value: string): S3Error {
  return new S3Error("InvalidArgument", `Value for ${name} is invalid.`, {
    elements: { ArgumentName: name, ArgumentValue: value },
  });
}
