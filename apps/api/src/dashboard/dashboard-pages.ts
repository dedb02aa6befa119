import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import express, { type Router } from "express";

/** Beside the built api, where its build has put it. */
const built = fileURLToPath(new URL("dashboard", import.meta.url));
const yearMs = 365 * 86_400_000;

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** What begins so is for programs: an address that is not there is a problem document there, and no page. */
const isForPrograms = /^\/(?:api|storage)(?:\/|$)/;

/**
 * The dashboard: its files, and for every other path its page, which knows where it is by the path. Nothing is loaded from elsewhere, and no
 * script or style is in the page itself.
 */
export function dashboardPages(directory: string = built): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const file = join(directory, "index.html");
  if (!existsSync(file)) return router; // the api works by itself as well
  const page = readFileSync(file, "utf8");

  // Their names have a hash of what is in them.
  router.use(
    "/assets",
    express.static(join(directory, "assets"), { immutable: true, maxAge: yearMs, redirect: false }),
  );
  router.use(
    express.static(directory, {
      index: false,
      redirect: false,
      setHeaders: (response) => void response.setHeader("cache-control", "no-cache"),
    }),
  );
  // No route of its own: what methods a path of the api has is for the api to say.
  router.use((request, response, next) => {
    // Programs that take anything want no page: an address that is not there is a problem document for them.
    if (
      !["GET", "HEAD"].includes(request.method) ||
      isForPrograms.test(request.path) ||
      !/\btext\/html\b/.test(request.headers.accept ?? "")
    ) {
      next();
      return;
    }
    response
      .set({
        "content-security-policy": contentSecurityPolicy,
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
      })
      .type("html")
      .send(page);
  });
  return router;
}
