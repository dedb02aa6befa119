import type { ObjectMetadata } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

/**
 * Where the website sends who asks for this object: kept with it, and sent back with it. It belongs to one object, and a copy does
 * not have it unless it is given again.
 */
export const redirectHeader = "x-amz-website-redirect-location";
const maxLength = 2048;

/** The metadata of a copy that keeps its source's. Throws `InvalidRedirectLocation`. */
export function copiedMetadata({ headers: kept, user }: ObjectMetadata, headers: RequestHeaders): ObjectMetadata {
  const location = headers[redirectHeader];
  if (location === undefined && kept[redirectHeader] === undefined) return { headers: kept, user };
  const { [redirectHeader]: _, ...others } = kept;
  if (location === undefined) return { headers: others, user };
  return { headers: { ...others, [redirectHeader]: checkRedirectLocation(location) }, user };
}

/** Throws `InvalidRedirectLocation`. */
export function checkRedirectLocation(location: string): string {
  if (!/^(\/|https?:\/\/)/.test(location)) {
    throw invalid("The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
  }
  if (location.length > maxLength) {
    throw invalid(`The length of website redirect location cannot exceed ${maxLength} characters.`);
  }
  return location;
}

function invalid(message: string): S3Error {
  return new S3Error("InvalidRedirectLocation", message);
}
