import { canonicalizeEscapes, invalidUri, PATH_RULES, QUERY_RULES } from "./percent-encoding.ts";

/** Name and value in their canonical encoding. */
export type QueryParameter = { readonly name: string; readonly value: string };

/** A raw request target in the form that is signed: path and sorted query, each byte with one spelling. */
export interface CanonicalTarget {
  /** As sent apart from escapes: S3 neither removes dot segments nor merges slashes. */
  readonly path: string;
  readonly query: readonly QueryParameter[];
}

/**
 * Throws `InvalidURI` for broken escapes, a target over 8 KiB, more than 100 parameters, or no path. The mount prefix is put
 * back in front of the path, as the client signed it.
 */
export function canonicalizeTarget(target: string, mountPrefix = ""): CanonicalTarget {
  if (target.length > MAX_TARGET_BYTES) throw invalidUri();
  const origin = target.startsWith("/") ? target : stripAuthority(target);
  const mark = origin.indexOf("?");
  const path = mark === -1 ? origin : origin.slice(0, mark);
  return {
    path: canonicalizeEscapes(mountPrefix === "" ? path : mountPrefix + path, PATH_RULES),
    query: mark === -1 ? [] : canonicalizeQuery(origin.slice(mark + 1)),
  };
}

// Both bound the work for requests that nobody has authenticated yet.
const MAX_TARGET_BYTES = 8192;
const MAX_QUERY_PARAMETERS = 100;

// RFC 9112 section 3.2.2: a request through a proxy may name scheme and host.
function stripAuthority(target: string): string {
  const scheme = /^https?:\/\/[^/?#]+/i.exec(target);
  if (!scheme) throw invalidUri();
  const rest = target.slice(scheme[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function canonicalizeQuery(text: string): readonly QueryParameter[] {
  const parameters: QueryParameter[] = [];
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    if (parameters.length === MAX_QUERY_PARAMETERS) throw invalidUri();
    const equals = pair.indexOf("=");
    parameters.push({
      name: canonicalizeEscapes(equals === -1 ? pair : pair.slice(0, equals), QUERY_RULES),
      value: equals === -1 ? "" : canonicalizeEscapes(pair.slice(equals + 1), QUERY_RULES),
    });
  }
  return parameters.sort(compareParameters);
}

function compareParameters(a: QueryParameter, b: QueryParameter): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}
