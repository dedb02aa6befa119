import { parseTagging } from "@stave/s3-xml";
import { headerText } from "../http/header-text.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

/** Fields that say the same as the header of their name. */
const sameName = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-md5",
  "content-type",
  "expires",
]);

/** Made by signing, and not about the object. */
const signing = new Set([
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-signature",
]);

/**
 * The headers that a PUT of the same object would have had: what a form can ask for is decided, and refused, where that of a PUT is.
 * Throws `InvalidArgument` for a value that no header could carry, `MalformedXML` and `InvalidTag` for tags.
 */
export function formHeaders(fields: ReadonlyMap<string, string>): RequestHeaders {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of fields) {
    if (sameName.has(name) || (name.startsWith("x-amz-") && !signing.has(name)))
      headers[name] = headerText(name, value);
  }
  const acl = fields.get("acl");
  if (acl !== undefined) headers["x-amz-acl"] = headerText("acl", acl);
  const tagging = fields.get("tagging");
  if (tagging !== undefined) headers["x-amz-tagging"] = taggingHeader(tagging);
  return headers;
}

const ownerHeader = "x-amz-expected-bucket-owner";

/**
 * What a decision about a form may look at: its own headers, and of the request around it those that say where it comes from. What that
 * says about an object is not about the one in the form.
 */
export function headersOfBoth(request: RequestHeaders, form: RequestHeaders): RequestHeaders {
  const ofRequest = Object.entries(request).filter(([name]) => !name.startsWith("x-amz-") || name === ownerHeader);
  return { ...Object.fromEntries(ofRequest), ...form };
}

/** A form has its tags as the document of PutObjectTagging, a PUT as a query. */
function taggingHeader(xml: string): string {
  const tags = parseTagging(Buffer.from(xml));
  return tags.map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
}
