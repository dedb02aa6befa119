import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { type CanonicalRequestInput, createCanonicalRequest, createStringToSign } from "./canonical-request.ts";
import type { SignatureClaim } from "./signature-claim.ts";
import type { SignatureExplanation } from "./signature-error.ts";

/** Whether the claim's signature is the one that this key makes of the request, in one of its permitted forms. */
export function matchSignature(claim: SignatureClaim, request: CanonicalRequestInput, signingKey: KeyObject): boolean {
  if (isSignatureOf(request, claim, signingKey)) return true;
  for (const headers of otherHeaderForms(request)) {
    if (isSignatureOf({ ...request, headers }, claim, signingKey)) return true;
  }
  return false;
}

/** For a refusal: what was compared. Values that are secrets of the client are blanked, the hash is that of the original. */
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
  // The length is no secret: it is always 64.
  return (
    claim.signature.length === expected.length &&
    timingSafeEqual(Buffer.from(claim.signature, "latin1"), Buffer.from(expected, "latin1"))
  );
}

// Proxies rewrite two headers that clients sign. Neither decides what a request does, so other spellings are tried too:
// the default port in Host (clients sign with or without it), and Accept-Encoding (CDNs; the Go SDK signs `identity`).
function* otherHeaderForms({ headers, signedHeaders }: CanonicalRequestInput): Generator<ReadonlyMap<string, string>> {
  const host = headers.get("host") ?? "";
  const hosts = [host, ...otherHosts(host)];
  const encoding = headers.get("accept-encoding") ?? "";
  const others = ["identity", "gzip", ""].filter((value) => value !== encoding);
  const encodings = signedHeaders.has("accept-encoding") ? [encoding, ...others] : [encoding];
  for (const [index, [acceptEncoding, authority]] of pairs(encodings, hosts).entries()) {
    if (index > 0) yield new Map([...headers, ["accept-encoding", acceptEncoding], ["host", authority]]);
  }
}

function otherHosts(host: string): readonly string[] {
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
