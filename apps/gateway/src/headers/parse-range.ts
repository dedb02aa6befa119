import type { ByteRange } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";

/**
 * The bytes a Range header asks for, or undefined for the whole object: S3 ignores other units, several ranges and what it
 * cannot read. Throws `InvalidRange` when nothing of the range exists.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Number(last);
    if (length === 0 || sizeBytes === 0) throw invalidRange(header, sizeBytes);
    return { first: Math.max(0, sizeBytes - length), last: sizeBytes - 1 };
  }
  const start = Number(first);
  const end = last === "" ? Number.POSITIVE_INFINITY : Number(last);
  if (start > end) return undefined;
  if (start >= sizeBytes) throw invalidRange(header, sizeBytes);
  return { first: start, last: Math.min(end, sizeBytes - 1) };
}

export function contentRange({ first, last }: ByteRange, sizeBytes: number): string {
  return `bytes ${first}-${last}/${sizeBytes}`;
}

function invalidRange(header: string | undefined, sizeBytes: number): S3Error {
  return new S3Error("InvalidRange", "The requested range is not satisfiable", {
    elements: { RangeRequested: header ?? "", ActualObjectSize: String(sizeBytes) },
    headers: { "content-range": `bytes */${sizeBytes}` },
  });
}
