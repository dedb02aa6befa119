import { headerText } from "./header-text.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** Made by signing, and not about the object. */
const signingParameters = new Set([
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-signedheaders",
  "x-amz-signature",
  "x-amz-security-token",
  "x-amz-content-sha256",
]);

/**
 * SDKs move `x-amz-*` headers of a presigned request into its query; they mean the same there.
 *
 * Except checksums: a presigner has no body yet, so the JavaScript SDK signs the checksum of an empty one by default, and
 * S3 ignores checksums in the query (aws-sdk-js-v3#6994, aws-sdk-go-v2#2610).
 */
export function withHoistedHeaders(headers: RequestHeaders, query: ReadonlyMap<string, string>): RequestHeaders {
  const hoisted: Record<string, string> = Object.create(null);
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    if (!name.startsWith("x-amz-") || signingParameters.has(name)) continue;
    if (name === "x-amz-sdk-checksum-algorithm" || isChecksumOfBody(name)) continue;
    hoisted[name] = headerText(name, value);
  }
  return { ...hoisted, ...headers };
}

function isChecksumOfBody(name: string): boolean {
  return name.startsWith("x-amz-checksum-") && name !== "x-amz-checksum-mode";
}
