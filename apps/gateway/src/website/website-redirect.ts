import type { WebsiteConfiguration, WebsiteRoutingRule } from "@stave/s3-xml";
import type { S3Response } from "../http/s3-response.ts";

export type RedirectedRequest = {
  /** As the client sent it, port included. */
  readonly host: string;
  readonly key: string;
  /** As sent, without `?`. */
  readonly rawQuery: string;
};

/**
 * The first rule that is about this key and this state of affairs: before the object is looked for, those without a status; after
 * it was refused, those with this one.
 */
export function findRule(
  rules: readonly WebsiteRoutingRule[] | undefined,
  { key, status }: { readonly key: string; readonly status: number | undefined },
): WebsiteRoutingRule | undefined {
  return rules?.find(({ condition }) => {
    const { httpErrorCodeReturnedEquals: wanted, keyPrefixEquals: prefix = "" } = condition ?? {};
    return wanted === (status === undefined ? undefined : String(status)) && key.startsWith(prefix);
  });
}

export function redirectByRule({ condition, redirect }: WebsiteRoutingRule, request: RedirectedRequest): S3Response {
  const { replaceKeyWith, replaceKeyPrefixWith, protocol, hostName, httpRedirectCode = "301" } = redirect;
  const path = pathOf(request.key, {
    replaceKeyWith,
    replaceKeyPrefixWith,
    prefixLength: condition?.keyPrefixEquals?.length ?? 0,
  });
  const hasOwnQuery = /[?#]/.test(path);
  const origin = originOf({ protocol, hostName }, request.host);
  return redirectTo(origin + path + (hasOwnQuery ? "" : queryOf(request)), Number(httpRedirectCode));
}

export function redirectAll(
  { hostName, protocol }: NonNullable<WebsiteConfiguration["redirectAllRequestsTo"]>,
  request: RedirectedRequest,
): S3Response {
  return redirectTo(originOf({ protocol, hostName }, request.host) + keyPath(request.key) + queryOf(request), 301);
}

/** From `docs` to `docs/`, so that what the index document refers to is found. */
export function redirectToFolder(request: RedirectedRequest): S3Response {
  return redirectTo(keyPath(`${request.key}/`) + queryOf(request), 302);
}

export function redirectTo(location: string, status: number): S3Response {
  return { status, headers: { location } };
}

type Replacement = {
  readonly replaceKeyWith: string | undefined;
  readonly replaceKeyPrefixWith: string | undefined;
  readonly prefixLength: number;
};

function pathOf(key: string, { replaceKeyWith, replaceKeyPrefixWith, prefixLength }: Replacement): string {
  if (replaceKeyWith !== undefined) return rooted(encodeURI(replaceKeyWith.toWellFormed()));
  if (replaceKeyPrefixWith === undefined) return keyPath(key);
  // `#!/` is a known replacement: what the owner of the website wrote may begin a fragment, what a visitor sent may not.
  return rooted(encodeURI(replaceKeyPrefixWith.toWellFormed()) + escapeKey(key.slice(prefixLength)));
}

function keyPath(key: string): string {
  return rooted(escapeKey(key));
}

function escapeKey(key: string): string {
  return encodeURIComponent(key).replaceAll("%2F", "/");
}

/** A path that began with two slashes would name another host, and a link to this website would lead anywhere. */
function rooted(path: string): string {
  return path.startsWith("/") ? `/%2F${path.slice(1)}` : `/${path}`;
}

/**
 * Without a protocol, that of the request, which only the browser knows when a proxy speaks TLS: then the location has none. Empty
 * to stay on this host.
 */
function originOf(
  { protocol, hostName }: { readonly protocol: string | undefined; readonly hostName: string | undefined },
  host: string,
): string {
  if (protocol === undefined) return hostName === undefined ? "" : `//${hostName}`;
  // Our port speaks HTTP; HTTPS is spoken by a proxy on its own.
  const own = protocol === "http" ? host : host.replace(/:\d*$/, "");
  return `${protocol}://${hostName ?? own}`;
}

function queryOf({ rawQuery }: RedirectedRequest): string {
  if (rawQuery === "") return "";
  const ascii = rawQuery.replaceAll(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `?${ascii}`;
}
