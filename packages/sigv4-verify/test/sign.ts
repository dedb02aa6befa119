import { createHmac, hash } from "node:crypto";
import type { IncomingRequest, VerifyOptions } from "../src/index.ts";

export const accessKeyId = "AKIAIOSFODNN7EXAMPLE";
export const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
export const now = new Date("2013-05-24T00:00:00Z");
export const EMPTY = hash("sha256", "");

/** A server that knows one key. */
export const options: VerifyOptions<string> = {
  region: "us-east-1",
  findKey: (id) => (id === accessKeyId ? { secretAccessKey, identity: "owner" } : undefined),
  now: () => now,
};

/** A request as its client means it: path and query are given in canonical form, so nothing here encodes or sorts them. */
export type Plan = {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A header that is always there, left out. */
  readonly omit?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly timestamp?: string;
  readonly scope?: string;
  readonly expires?: string;
  readonly payloadHash?: string;
};

/** Signs by header: every header of the plan, as a client written apart from the code under test does. */
export function signHeader(plan: Plan = {}): IncomingRequest {
  const { method = "GET", path = "/photos/a.jpg", query = "", timestamp = "20130524T000000Z" } = plan;
  const headers: Record<string, string> = {
    host: "s3.example.com",
    "x-amz-content-sha256": plan.payloadHash ?? EMPTY,
    "x-amz-date": timestamp,
    ...plan.headers,
  };
  if (plan.omit) delete headers[plan.omit];
  const scope = plan.scope ?? `${timestamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const { names, lines } = canonicalHeaders(headers);
  const payload = headers["x-amz-content-sha256"] ?? plan.payloadHash;
  const canonicalRequest = `${method}\n${path}\n${query}\n${lines}\n${names}\n${payload}`;
  const signature = signText({ canonicalRequest, timestamp, scope, secret: plan.secretAccessKey });
  const credential = `${plan.accessKeyId ?? accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return {
    method,
    target: query === "" ? path : `${path}?${query}`,
    rawHeaders: [...Object.entries(headers).flat(), "Authorization", authorization],
  };
}

/** Presigns: the plan's headers are signed, host among them. */
export function presign(plan: Plan = {}): IncomingRequest {
  const { method = "GET", path = "/photos/a.jpg", timestamp = "20130524T000000Z", expires = "86400" } = plan;
  const headers: Record<string, string> = { host: "s3.example.com", ...plan.headers };
  const scope = plan.scope ?? `${timestamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const { names, lines } = canonicalHeaders(headers);
  const query = [
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encodeURIComponent(`${plan.accessKeyId ?? accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${timestamp}`,
    `X-Amz-Expires=${expires}`,
    `X-Amz-SignedHeaders=${encodeURIComponent(names)}`,
    ...(plan.query ? plan.query.split("&") : []),
  ]
    .sort()
    .join("&");
  const canonicalRequest = `${method}\n${path}\n${query}\n${lines}\n${names}\n${plan.payloadHash ?? "UNSIGNED-PAYLOAD"}`;
  const signature = signText({ canonicalRequest, timestamp, scope, secret: plan.secretAccessKey });
  return {
    method,
    target: `${path}?${query}&X-Amz-Signature=${signature}`,
    rawHeaders: Object.entries(headers).flat(),
  };
}

/** The request with one header replaced, or removed if there is no value. */
export function setHeader(request: IncomingRequest, name: string, value: string | undefined): IncomingRequest {
  const kept: string[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [other = "", otherValue = ""] = request.rawHeaders.slice(index, index + 2);
    if (other.toLowerCase() !== name) kept.push(other, otherValue);
  }
  return { ...request, rawHeaders: value === undefined ? kept : [...kept, name, value] };
}

/** What {@link signHeader} returned with another Authorization value. */
export function authorize(request: IncomingRequest, change: (value: string) => string): IncomingRequest {
  return { ...request, rawHeaders: [...request.rawHeaders.slice(0, -1), change(request.rawHeaders.at(-1) ?? "")] };
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): { names: string; lines: string } {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const sorted = names.sort();
  return { names: sorted.join(";"), lines: sorted.map((name) => `${name}:${values.get(name)}\n`).join("") };
}

type Text = { canonicalRequest: string; timestamp: string; scope: string; secret: string | undefined };

function signText({ canonicalRequest, timestamp, scope, secret = secretAccessKey }: Text): string {
  const sha256 = hash("sha256", Buffer.from(canonicalRequest, "latin1"));
  const key = scope.split("/").reduce(hmac, Buffer.from(`AWS4${secret}`));
  return hmac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256}`).toString("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
