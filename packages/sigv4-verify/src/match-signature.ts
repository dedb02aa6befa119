import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { type CanonicalRequestInput, createCanonicalRequest, createStringToSign } from "./canonical-request.ts";
import type { SignatureClaim } from "./signature-claim.ts";
import type { SignatureExplanation } from "./signature-error.ts";

/** The host that was signed, if the claim's signature is the one that this key makes of the request in a permitted form. */
export function matchSignature(
  claim: SignatureClaim,
  request: CanonicalRequestInput,
  { signingKey, hosts }: { signingKey: KeyObject; hosts: readonly string[] },
): string | undefined {
  if (isSignatureOf(request, claim, signingKey)) return request.headers.get("host") ?? "";
  for (const { headers, host } of otherHeaderForms(request, hosts)) {
    if (isSignatureOf({ ...request, headers }, claim, signingKey)) return host;
  }
  return undefined;
}

/** For administrators: what is compared. Values that are secrets of the client are blanked, the hash is that of the original. */
export function explainSignature(claim: SignatureClaim, request: CanonicalRequestInput): SignatureExplanation {
  const headers = new Map(request.headers);
  for (const name of SECRET_HEADERS) if (headers.has(name)) headers.set(name, "<blanked>");
  const query = request.target.query.map(({ name, value }) => {
    return { name, value: SECRET_HEADERS.has(name.toLowerCase()) ? "<blanked>" : value };
  });
  return {
    canonicalRequest: createCanonicalRequest({ ...request, headers, target: { ...request.target, query } }),
    stringToSign: createStringToSign(createCanonicalRequest(request), stringScope(claim)),
  };
}

function isSignatureOf(request: CanonicalRequestInput, claim: SignatureClaim, signingKey: KeyObject): boolean {
  const stringToSign = createStringToSign(createCanonicalRequest(request), stringScope(claim));
  const expected = createHmac("sha256", signingKey).update(stringToSign).digest("hex");
  return isSameSignature(claim.signature, expected);
}

/** In constant time, whatever was sent. */
export function isSameSignature(sent: string, expected: string): boolean {
  const bytes = Buffer.from(sent);
  // The length is no secret: it is always 64.
  return bytes.length === expected.length && timingSafeEqual(bytes, Buffer.from(expected));
}

type HeaderForm = { readonly headers: ReadonlyMap<string, string>; readonly host: string };

// Proxies rewrite two headers that clients sign, so other spellings are tried too: the default port in Host (clients sign
// with or without it) and the server's public names, and Accept-Encoding (CDNs; the Go SDK signs `identity`).
function* otherHeaderForms(request: CanonicalRequestInput, publicHosts: readonly string[]): Generator<HeaderForm> {
  const { headers, signedHeaders } = request;
  const received = headers.get("host") ?? "";
  const hosts = new Set([received, ...otherPorts(received), ...publicHosts]);
  const encoding = headers.get("accept-encoding") ?? "";
  const others = ["identity", "gzip", ""].filter((value) => value !== encoding);
  const encodings = signedHeaders.has("accept-encoding") ? [encoding, ...others] : [encoding];
  for (const [index, [acceptEncoding, host]] of pairs(encodings, [...hosts]).entries()) {
    if (index > 0) yield { headers: new Map([...headers, ["accept-encoding", acceptEncoding], ["host", host]]), host };
  }
}

function otherPorts(host: string): readonly string[] {
  const defaultPort = /:(?:80|443)$/.exec(host);
  if (defaultPort) return [host.slice(0, defaultPort.index)];
  return host === "" || /:\d*$/.test(host) ? [] : [`${host}:443`, `${host}:80`];
}

function pairs(first: readonly string[], second: readonly string[]): [string, string][] {
  return first.flatMap((a) => second.map((b): [string, string] => [a, b]));
}

const SECRET_HEADERS = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "x-amz-copy-source-server-side-encryption-customer-key",
  "x-amz-security-token",
  "x-amz-server-side-encryption-customer-key",
]);

function stringScope({ timestamp, credential }: SignatureClaim): { timestamp: string; scope: string } {
  return { timestamp, scope: credential.scope };
}
