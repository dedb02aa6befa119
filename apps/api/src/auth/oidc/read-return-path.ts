import { Problem } from "../../http/problem.ts";

const anyOrigin = "http://stave.invalid";

/** Where a browser goes after it has signed in: a path of this server. Throws a {@link Problem} for what could lead elsewhere. */
export function readReturnPath(text: string): string {
  // Browsers take a backslash for a slash, and leave out tabs and line breaks: what is left must be plain before a URL is made of it.
  const isPlain = /^\/(?!\/)[!-[\]-~]*$/.test(text);
  if (isPlain && URL.parse(text, anyOrigin)?.origin === anyOrigin) return text;
  throw new Problem("INVALID_REQUEST", { detail: "/query/return_to: expected a path of this server, as /buckets." });
}
