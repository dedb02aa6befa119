import type { ObjectMetadata } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { checkRedirectLocation, redirectHeader } from "./redirect-location.ts";

const maxUserMetadataBytes = 2048;
const userPrefix = "x-amz-meta-";
const storedHeaders = ["cache-control", "content-disposition", "content-language", "expires"] as const;

/** What AWS answers for an object that came without a type. */
const defaultContentType = "binary/octet-stream";

/**
 * The metadata of an upload, as sent. Values stay latin1, one character a byte, so that UTF-8 goes back byte for byte.
 * Throws `MetadataTooLarge` and `InvalidRedirectLocation`.
 */
export function readObjectMetadata(headers: RequestHeaders): ObjectMetadata {
  const kept: Record<string, string> = { "content-type": headers["content-type"] || defaultContentType };
  for (const name of storedHeaders) {
    const value = headers[name];
    if (value !== undefined && value !== "") kept[name] = value;
  }
  const location = headers[redirectHeader];
  if (location !== undefined) kept[redirectHeader] = checkRedirectLocation(location);
  const encoding = contentEncoding(headers["content-encoding"]);
  if (encoding !== undefined) kept["content-encoding"] = encoding;
  return { headers: kept, user: readUserMetadata(headers) };
}

/** `aws-chunked` says how the request was sent, not what the object is. */
function contentEncoding(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const codings = header.split(",").map((coding) => coding.trim());
  const own = codings.filter((coding) => coding !== "" && coding.toLowerCase() !== "aws-chunked");
  return own.length === 0 ? undefined : own.join(",");
}

function readUserMetadata(headers: RequestHeaders): Record<string, string> {
  const user: Record<string, string> = Object.create(null); // `__proto__` is a name like any other
  let sizeBytes = 0;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || !name.startsWith(userPrefix)) continue;
    user[name.slice(userPrefix.length)] = value;
    sizeBytes += name.length - userPrefix.length + value.length;
  }
  if (sizeBytes > maxUserMetadataBytes) {
    throw new S3Error("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", {
      elements: { Size: String(sizeBytes), MaxSizeAllowed: String(maxUserMetadataBytes) },
    });
  }
  return user;
}
