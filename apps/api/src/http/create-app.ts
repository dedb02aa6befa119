import { randomUUID } from "node:crypto";
import express, { type ErrorRequestHandler, type Express, type Request } from "express";
import type { Logger } from "pino";
import { dashboardPages } from "../dashboard/dashboard-pages.ts";
import { docsPages } from "../docs/docs-pages.ts";
import { type MountOptions, mountRoutes } from "./mount-routes.ts";
import { Problem, problemDocument } from "./problem.ts";

export type AppOptions = MountOptions & {
  readonly logger: Logger;
  /** Peers whose `X-Forwarded-For` is believed: addresses and networks. */
  readonly trustedProxies: readonly string[];
};

/** The API as an Express application, not listening yet. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.set("trust proxy", options.trustedProxies.length > 0 ? options.trustedProxies : false);
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.use((request, response, next) => {
    response.locals.requestId = randomUUID();
    response.setHeader("x-request-id", response.locals.requestId);
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    refuseRawPath(request.url);
    next();
  });
  app.use(dashboardPages());
  app.use(options.limits.default);
  app.use(docsPages());
  app.use(mountRoutes(options));
  app.use((request: Request) => {
    throw new Problem("NOT_FOUND", { detail: `There is no ${request.method} ${request.path}.` });
  });
  app.use(answerProblem(options.logger));
  return app;
}

/** The one place where errors are answered. What nobody foresaw is told to the operator, not to the client. */
function answerProblem(logger: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const { requestId } = response.locals;
    const problem = toProblem(error);
    if (problem.status >= 500 && problem.code !== "NOT_IMPLEMENTED") {
      logger.error(
        { requestId, method: request.method, path: request.path, err: problem.cause ?? problem },
        "a request failed",
      );
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(problem.details.headers ?? {})) response.setHeader(name, value);
    response
      .status(problem.status)
      .type("application/problem+json")
      .send(JSON.stringify(problemDocument(problem, requestId)));
  };
}

/** A path in the form of a URL, or with bytes that must be escaped, is read in more than one way: a key would not be byte-exact. */
function refuseRawPath(url: string): void {
  if (/^\/[!"$-~]*$/.test(url)) return;
  throw new Problem("INVALID_REQUEST", { detail: "Expected a path in which all but printable ASCII is escaped." });
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // What the router throws for `%ff` and other escapes that are no UTF-8.
  if (error instanceof URIError) return new Problem("INVALID_REQUEST", { detail: "The path is not escaped UTF-8." });
  return new Problem("INTERNAL_ERROR", { cause: error });
}
