import type { Finding } from "./check.ts";
import { compareCanonical } from "./compare-canonical.ts";
import { readErrorDocument } from "./error-document.ts";
import type { Exam } from "./exam.ts";
import type { Answer } from "./send.ts";

/** `403 AccessDenied`, or the status alone of who speaks no S3. */
export function describeAnswer({ status, body }: Answer): string {
  const code = readErrorDocument(body)?.code;
  return code === undefined ? String(status) : `${status} ${code}`;
}

export function codeOf({ body }: Answer): string | undefined {
  return readErrorDocument(body)?.code;
}

/** A failed finding, with what the server knows about the refusal. */
export async function refused(
  exam: Exam,
  answer: Answer,
  { detail, cure }: { readonly detail: string; readonly cure: string },
): Promise<Finding> {
  const requestId = answer.headers["x-amz-request-id"];
  const server = await askServer(exam, requestId);
  const next = requestId === undefined || server.length > 0 ? cure : `${cure} More: stave why ${requestId}`;
  return { status: "fail", detail, cure: next, ...(server.length > 0 && { server }) };
}

/** Both sides are compared where that is possible: that is a proof, and hints are none. */
async function askServer(exam: Exam, requestId: string | undefined): Promise<readonly string[]> {
  const { hints, canonicalRequest } = await exam.explain(requestId);
  if (canonicalRequest === undefined || exam.lastSigned === undefined) return hints;
  const { signingRegion: region, now } = exam;
  const compared = compareCanonical(exam.lastSigned, canonicalRequest, { region, now });
  return compared.length > 0 ? compared : hints;
}

/** Names a proxy that has left its mark on an answer. */
export function proxyOf({ headers }: Answer): string | undefined {
  if (headers.via !== undefined) return `"${headers.via}"`;
  const server = headers.server?.split("/")[0]?.toLowerCase() ?? "";
  return proxies.get(server);
}

const proxies = new Map([
  ["nginx", "nginx"],
  ["openresty", "nginx"],
  ["caddy", "Caddy"],
  ["cloudflare", "Cloudflare"],
  ["envoy", "Envoy"],
  ["istio-envoy", "Envoy"],
  ["apache", "Apache"],
  ["haproxy", "HAProxy"],
  ["traefik", "Traefik"],
]);
