import { S3Error } from "../errors/s3-error.ts";

const maxHeaders = 100;
const maxAmzHeaderBytes = 8192;

/** Headers of one request by lower-case name; repeated ones are joined with a comma, in order. Values are latin1, as received. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** Reads node:http's raw headers: its own map drops some repeated headers, and S3 joins them. */
export function readRequestHeaders(rawHeaders: readonly string[]): RequestHeaders {
  if (rawHeaders.length > 2 * maxHeaders) {
    throw tooLarge("RequestHeaderSectionTooLarge", `More than ${maxHeaders} request headers.`, maxHeaders);
  }
  const headers: Record<string, string> = Object.create(null);
  let amzBytes = 0;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = rawHeaders[index + 1] ?? "";
    if (name.startsWith("x-amz-")) amzBytes += name.length + value.length;
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : `${earlier},${value}`;
  }
  if (amzBytes > maxAmzHeaderBytes) {
    const isMetadata = Object.keys(headers).some((name) => name.startsWith("x-amz-meta-"));
    const code = isMetadata ? "MetadataTooLarge" : "RequestHeaderSectionTooLarge";
    throw tooLarge(code, "Your x-amz-* headers exceed the maximum allowed size.", maxAmzHeaderBytes);
  }
  return headers;
}

function tooLarge(code: "MetadataTooLarge" | "RequestHeaderSectionTooLarge", message: string, max: number): S3Error {
  return new S3Error(code, message, { elements: { MaxSizeAllowed: String(max) } });
}
