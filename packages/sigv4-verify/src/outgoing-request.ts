import { type CanonicalTarget, canonicalizeTarget } from "./canonical-target.ts";
import { chooseMechanism } from "./choose-mechanism.ts";

/** A request that is to be signed. */
export type OutgoingRequest = {
  readonly method: string;
  /**
   * `https://host/path?query` as text, because `URL` would remove dot segments, which are part of S3 keys. Path and query are
   * escaped already; the way they are escaped does not matter.
   */
  readonly url: string;
  /** `host` comes from the URL. Values are bytes in latin1, as `node:http` takes them. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** The form in which smithy signs, made from what will be on the wire. */
export type SignerInput = {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Record<string, string | string[]>;
  readonly headers: Record<string, string>;
};

/** Throws a `TypeError` for what cannot be sent, or would not be signed as it is sent. */
export function readOutgoingRequest({ method, url, headers = {} }: OutgoingRequest): SignerInput {
  const parts = /^(https?):\/\/([^/?#@\s]+)([/?][^#]*)?$/.exec(url);
  const [, scheme = "", host = "", rest = "/"] = parts ?? [];
  if (!parts) throw new TypeError(`Expected \`url\` to be http(s)://host/path without user and fragment`);
  const target = readTarget(rest.startsWith("/") ? rest : `/${rest}`);
  return {
    method,
    protocol: `${scheme}:`,
    hostname: host,
    path: target.path,
    query: readQuery(target),
    headers: { ...readOutgoingHeaders(headers), host },
  };
}

/** Path and query as they are sent: in the spelling that is signed. */
export function formatTarget(path: string, query: Readonly<Record<string, string | string[] | null>> = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    return [value ?? ""].flat().map((item) => `${escapeText(name)}=${escapeText(item)}`);
  });
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

function readTarget(text: string): CanonicalTarget {
  let target: CanonicalTarget;
  try {
    target = canonicalizeTarget(text);
    if (chooseMechanism("", target.query).kind === "anonymous") return target;
  } catch (cause) {
    throw new TypeError("Expected `url` to have a valid path and query without a signature", { cause });
  }
  throw new TypeError("Expected `url` to have no signature yet");
}

function readQuery({ query }: CanonicalTarget): Record<string, string | string[]> {
  const values = new Map<string, string[]>();
  for (const { name, value } of query) {
    const key = unescapeText(name);
    // The signer's table of parameters is a plain object, which loses this one.
    if (key === "__proto__") throw new TypeError("Expected no parameter __proto__ in `url`");
    const earlier = values.get(key);
    if (earlier) earlier.push(unescapeText(value));
    else values.set(key, [unescapeText(value)]);
  }
  return Object.fromEntries(values);
}

function readOutgoingHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    if (!HEADER_NAME.test(key) || values.has(key)) throw new TypeError(`Expected header names, each once, got ${name}`);
    if (SIGNER_HEADERS.has(key)) throw new TypeError(`Expected no header ${key}: the signer writes it`);
    values.set(key, readHeaderValue(key, value));
  }
  return Object.fromEntries(values);
}

/** The text whose UTF-8 form, which is what smithy signs, are the bytes that are sent. */
function readHeaderValue(name: string, value: string): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new TypeError(`Expected header ${name} to hold bytes in latin1`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, "latin1"));
  } catch (cause) {
    throw new TypeError(`Expected the bytes of header ${name} to be UTF-8`, { cause });
  }
}

function unescapeText(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch (cause) {
    throw new TypeError("Expected the query of `url` to be UTF-8", { cause });
  }
}

function escapeText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

const SIGNER_HEADERS = new Set([
  "authorization",
  "date",
  "host",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
]);

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
