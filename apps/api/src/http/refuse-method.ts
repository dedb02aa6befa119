import type { RequestHandler } from "express";
import { Problem } from "./problem.ts";

/**
 * Answers what is not among the methods of a path, and `OPTIONS`: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6. A path that goes on
 * behind a key, `/{key+}/confirm-upload`, is that of a key as well, which has methods of its own.
 */
export function refuseMethod(path: string, methods: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const found: readonly string[] = response.locals.methods ?? [];
    const allowed = new Set([...found, ...methods]);
    if (/\+\}./.test(path)) {
      response.locals.methods = [...allowed];
      next();
      return;
    }
    if (allowed.has("GET")) allowed.add("HEAD");
    const allow = [...allowed, "OPTIONS"].toSorted().join(", ");
    if (request.method === "OPTIONS") {
      response.status(204).setHeader("allow", allow).end();
      return;
    }
    throw new Problem("METHOD_NOT_ALLOWED", { detail: `Allowed here: ${allow}.`, headers: { allow } });
  };
}
