import type { Request } from "express";
import { Problem } from "../http/problem.ts";

/**
 * Refuses what a page of somebody else has made a browser send. Browsers say so in `Sec-Fetch-Site`, which no page can set; older ones in
 * `Origin`. With `mayBeMissing` a client that is no browser and sends neither is fine: it sends no cookie that it was not given.
 */
export function requireOwnOrigin(
  request: Request,
  { mayBeMissing = false }: { readonly mayBeMissing?: boolean } = {},
): void {
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  if (site === undefined && origin === undefined && mayBeMissing) return;
  const own = `${request.protocol}://${request.headers.host}`;
  if (site === undefined ? origin === own : site === "same-origin") return;
  throw new Problem("ORIGIN_REFUSED", {
    detail: "With a session only pages of this server may change something.",
    nextActions: ["Scripts: use a token instead of the cookie."],
  });
}
