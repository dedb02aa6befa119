// Answers to pages of other origins: https://fetch.spec.whatwg.org/#http-cors-protocol
import type { CorsMatch, CrossOriginIntent } from "./match-cors-rule.ts";

/** What the answer says to the browser: the same for a preflight and for the request itself. */
export function corsHeaders({ rule, pattern }: CorsMatch, intent: CrossOriginIntent): Record<string, string> {
  const headers: Record<string, string> = {
    "access-control-allow-origin": pattern === "*" ? "*" : intent.origin,
    "access-control-allow-methods": rule.allowedMethods.join(", "),
  };
  if (intent.headers.length > 0) headers["access-control-allow-headers"] = intent.headers.join(", ");
  if (rule.exposeHeaders.length > 0) headers["access-control-expose-headers"] = rule.exposeHeaders.join(", ");
  if (rule.maxAgeSeconds !== undefined) headers["access-control-max-age"] = String(rule.maxAgeSeconds);
  if (namesItsSites(pattern)) headers["access-control-allow-credentials"] = "true";
  headers.vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
  return headers;
}

/**
 * Whether the pattern says which sites are meant. `https://*` does not, and with credentials any page could use what a browser
 * sends by itself, as a proxy in front of this server may ask for.
 */
function namesItsSites(pattern: string): boolean {
  return !pattern.endsWith("*") || /^[a-z][a-z0-9+.-]*:\/\/[^*/:]+:\*$/.test(pattern);
}
