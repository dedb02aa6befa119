// Signature Version 4, written apart from the code under test: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
import { createHash, createHmac } from "node:crypto";
import type { Identity } from "./identities.ts";
import { headerOf, type WireRequest, withHeader, withoutHeaders } from "./wire-request.ts";

export const region = "us-east-1";

export type SignedHead = {
  readonly request: WireRequest;
  /** What the signatures of chunks begin with. */
  readonly signature: string;
  readonly timestamp: string;
};

/** Signs whatever it is given, however odd, with an `Authorization` header. */
export function signHead(
  request: WireRequest,
  { identity, payloadHash, at }: { readonly identity: Identity; readonly payloadHash: string; readonly at: Date },
): SignedHead {
  const timestamp = at.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const bare = withoutHeaders(request, ["authorization", "x-amz-date", "x-amz-content-sha256"]);
  const dated = withHeader(withHeader(bare, "x-amz-date", timestamp), "x-amz-content-sha256", payloadHash);
  const names = new Set(dated.headers.map(([name]) => name.toLowerCase()).filter((name) => !isLeftOut(name)));
  const signedHeaders = [...names].sort();
  const scope = scopeOf(timestamp);
  const [path = "", query] = splitTarget(dated.target);
  const canonical = canonicalRequest(dated, { path: canonicalPath(path), query: canonicalQuery(query), signedHeaders });
  const signature = signatureOf(canonical, { timestamp, scope, secret: identity.secretAccessKey });
  const credential = `Credential=${identity.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential},SignedHeaders=${signedHeaders.join(";")},Signature=${signature}`;
  return { request: withHeader(dated, "authorization", authorization), signature, timestamp };
}

export type Claim = {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly isQuery: boolean;
};

/** What the request says about its signature; undefined when it says nothing that can be read. */
export function readClaim(request: WireRequest): Claim | undefined {
  const authorization = headerOf(request, "authorization");
  const [, query] = splitTarget(request.target);
  const parameters = new Map(queryPairs(query).map(([name, value]) => [decode(name, "query").toLowerCase(), value]));
  const field = (name: string) => decode(parameters.get(`x-amz-${name}`) ?? "", "query");
  if (field("signature") !== "") {
    const [accessKeyId = "", ...scope] = field("credential").split("/");
    const signedHeaders = field("signedheaders").split(";");
    const rest = { timestamp: field("date"), signature: field("signature"), isQuery: true };
    return { accessKeyId, scope: scope.join("/"), signedHeaders, ...rest };
  }
  const parts = /Credential=([^/,]+)\/([^,]+?)\s*,\s*SignedHeaders=([^,]+?)\s*,\s*Signature=([0-9a-f]{64})/i;
  const inOrder = parts.exec(sortParts(authorization ?? ""));
  if (inOrder === null) return undefined;
  const [, accessKeyId = "", scope = "", names = "", signature = ""] = inOrder;
  const timestamp = headerOf(request, "x-amz-date") ?? dateHeader(headerOf(request, "date"));
  return { accessKeyId, scope, timestamp, signedHeaders: names.split(";"), signature, isQuery: false };
}

/** Whether the signature is one over this request, in any reading that a server may honestly have of it. */
export function isSignatureOf(claim: Claim, request: WireRequest, secret: string): boolean {
  const [rawPath = "", query] = splitTarget(request.target);
  const payloads = [headerOf(request, "x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD"];
  if (claim.isQuery) payloads.push("UNSIGNED-PAYLOAD");
  const hoisted = new Map(queryPairs(query)).get("X-Amz-Content-Sha256");
  if (hoisted !== undefined) payloads.push(hoisted);
  const paths = new Set([canonicalPath(rawPath), rawPath]);
  const left = claim.isQuery ? "x-amz-signature" : undefined;
  const queries = new Set([canonicalQuery(query, left), canonicalQuery(query?.replaceAll("+", "%2B"), left)]);
  for (const path of paths) {
    for (const canonicalized of queries) {
      for (const payloadHash of payloads) {
        for (const read of readingsOf(request, claim.signedHeaders)) {
          const { timestamp, scope, signedHeaders } = claim;
          const canonical = canonicalRequest(read, { path, query: canonicalized, signedHeaders, payloadHash });
          if (signatureOf(canonical, { timestamp, scope, secret }) === claim.signature.toLowerCase()) return true;
        }
      }
    }
  }
  return false;
}

export function signingKey(secret: string, scope: string): Buffer {
  const known = signingKeys.get(`${secret} ${scope}`);
  if (known !== undefined) return known;
  const key = scope.split("/").reduce<Buffer>((last, part) => hmac(last, part), Buffer.from(`AWS4${secret}`));
  if (signingKeys.size > 10_000) signingKeys.clear();
  signingKeys.set(`${secret} ${scope}`, key);
  return key;
}

export function scopeOf(timestamp: string): string {
  return `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
}

export function sha256(data: string | Buffer): string {
  return createHash("sha256")
    .update(typeof data === "string" ? Buffer.from(data, "latin1") : data)
    .digest("hex");
}

export function hmac(key: Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data, "latin1").digest();
}

/** Path, and query without `?`; of an absolute target without its origin. */
export function splitTarget(target: string): readonly [path: string, query?: string] {
  const origin = /^https?:\/\/[^/?#]+/i.exec(target)?.[0] ?? "";
  const rest = target.slice(origin.length);
  const mark = rest.indexOf("?");
  const path = mark === -1 ? rest : rest.slice(0, mark);
  const rooted = origin !== "" && !path.startsWith("/") ? `/${path}` : path;
  return mark === -1 ? [rooted] : [rooted, rest.slice(mark + 1)];
}

/** Each byte once decoded; what is no escape stays as it is. */
export function decode(text: string, place: "path" | "query"): string {
  const spaced = place === "query" ? text.replaceAll("+", " ") : text;
  return spaced.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

export function queryPairs(query: string | undefined): readonly (readonly [string, string])[] {
  return (query ?? "")
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}

const signingKeys = new Map<string, Buffer>();
const leftOut = new Set(
  "authorization connection content-length expect keep-alive te trailer transfer-encoding upgrade user-agent".split(
    " ",
  ),
);

function isLeftOut(name: string): boolean {
  return leftOut.has(name) || !/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name);
}

function canonicalRequest(
  request: WireRequest,
  {
    path,
    query,
    signedHeaders,
    payloadHash = headerOf(request, "x-amz-content-sha256") ?? "",
  }: {
    readonly path: string;
    readonly query: string;
    readonly signedHeaders: readonly string[];
    readonly payloadHash?: string;
  },
): string {
  const values = new Map<string, string>();
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, "");
    const earlier = values.get(key);
    values.set(key, earlier === undefined ? trimmed : `${earlier},${trimmed}`);
  }
  const lines = signedHeaders.map((name) => `${name}:${(values.get(name) ?? "").replace(/[ \t]+/g, " ")}\n`).join("");
  return `${request.method}\n${path}\n${query}\n${lines}\n${signedHeaders.join(";")}\n${payloadHash}`;
}

/** Servers allow for what proxies do to Host and Accept-Encoding. */
function* readingsOf(request: WireRequest, signedHeaders: readonly string[]): Generator<WireRequest> {
  yield request;
  const host = headerOf(request, "host") ?? "";
  for (const other of new Set([host.replace(/:(80|443)$/, ""), `${host}:80`, `${host}:443`])) {
    yield withHeader(request, "host", other);
  }
  if (!signedHeaders.includes("accept-encoding")) return;
  for (const encoding of ["identity", "gzip", ""]) yield withHeader(request, "accept-encoding", encoding);
}

function canonicalPath(path: string): string {
  return encode(decode(path, "path")).replaceAll("%2F", "/");
}

function canonicalQuery(query: string | undefined, without?: string): string {
  return queryPairs(query)
    .map(([name, value]) => [encode(decode(name, "query")), encode(decode(value, "query"))] as const)
    .filter(([name]) => name.toLowerCase() !== without)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function encode(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function signatureOf(
  canonical: string,
  { timestamp, scope, secret }: { readonly timestamp: string; readonly scope: string; readonly secret: string },
): string {
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  return hmac(signingKey(secret, scope), text).toString("hex");
}

/** The three parts of the header in the order in which they are usually written. */
function sortParts(authorization: string): string {
  const part = (name: string) => new RegExp(`${name}\\s*=\\s*([^,]*?)\\s*(?:,|$)`, "i").exec(authorization)?.[1] ?? "";
  return `Credential=${part("Credential")},SignedHeaders=${part("SignedHeaders")},Signature=${part("Signature")}`;
}

function dateHeader(value: string | undefined): string {
  const time = Date.parse(value ?? "");
  return Number.isNaN(time) ? "" : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}
