import { pipeline } from "node:stream/promises";
import { type RouteDefinition, routes, takesIdempotencyKey } from "@stave/api-contract";
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import type { AnswerOnce } from "./answer-once.ts";
import type { Caller } from "./caller.ts";
import type { AnyAnswer, Handlers } from "./handler.ts";
import { Problem } from "./problem.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type AddAuditEntry, recordAgent } from "./record-agent.ts";
import { refuseMethod } from "./refuse-method.ts";
import { resourcesOf } from "./resources-of.ts";
import { validate } from "./validate.ts";

const maxJsonBytes = 1024 * 1024;

export type MountOptions = {
  readonly handlers: Handlers;
  /** Undefined: nobody. Throws a {@link Problem} for a proof that does not hold. */
  readonly authenticate: (request: Request) => Promise<Caller | undefined>;
  readonly answerOnce: AnswerOnce;
  readonly limits: RateLimits;
  /** For calls that name an assistant. */
  readonly addAuditEntry: AddAuditEntry;
};

type AnyHandler = (request: unknown) => Promise<AnyAnswer> | AnyAnswer;

/**
 * A router that has every operation of the contract, and nothing else. Each asks how often the address calls, who calls, and whether he may,
 * before it reads a body.
 */
export function mountRoutes({ handlers, authenticate, answerOnce, limits, addAuditEntry }: MountOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const readJson = express.json({ limit: maxJsonBytes, strict: false, type: "application/json" });
  const serveWith = (operationId: string, route: RouteDefinition) => {
    const handle = handlers[operationId as keyof Handlers] as unknown as AnyHandler;
    return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
      const caller = await authenticate(request);
      requirePermission(route, caller);
      if (route.body !== undefined) await readBody(readJson, request, response);
      const input = validate(route, request);
      const { requestId } = response.locals;
      if (caller !== undefined) await recordAgent(addAuditEntry, { operationId, caller, request, requestId });
      const address = request.ip ?? "";
      const answering = () => handle({ ...input, caller, message: request, requestId, address });
      const key = readIdempotencyKey(route, request);
      const answer =
        caller === undefined || key === undefined
          ? await answering()
          : await answerOnce({ operationId, caller, key, input }, answering);
      await send(response, route, answer);
      void next; // Express tells error handlers from others by their length
    };
  };
  for (const { path, operations } of resourcesOf(routes)) {
    const at = expressPath(path);
    for (const [operationId, route] of operations) {
      const limit = route.limit === undefined ? [] : [limits[route.limit]];
      router[route.method](at, ...limit, serveWith(operationId, route));
    }
    router.all(
      at,
      refuseMethod(
        path,
        operations.map(([, { method }]) => method.toUpperCase()),
      ),
    );
  }
  return router;
}

/** `{id}` is `:id` to Express, and `{key+}`, which takes slashes, `*key`. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\+\}/g, "*$1").replaceAll(/\{(\w+)\}/g, ":$1");
}

function requirePermission({ access, alsoNeeds = [] }: RouteDefinition, caller: Caller | undefined): void {
  if (access === "public") return;
  if (caller === undefined) {
    throw new Problem("UNAUTHENTICATED", {
      detail: "Send a token as `Authorization: Bearer TOKEN` or `x-api-key: TOKEN`, or sign in.",
      headers: { "www-authenticate": 'Bearer realm="stave"' },
    });
  }
  const needed = access === "signed-in" ? alsoNeeds : [access, ...alsoNeeds];
  const missing = needed.filter((permission) => !caller.permissions.has(permission));
  if (missing.length > 0) {
    throw new Problem("PERMISSION_DENIED", { detail: `This needs the permission ${missing.join(" and ")}.` });
  }
}

/** Where it would not be kept, a client that relies on it must hear that: elsewhere it changes nothing. */
function readIdempotencyKey(route: RouteDefinition, { headers }: Request): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined || takesIdempotencyKey(route)) return key === undefined ? undefined : String(key);
  if (route.method === "post" && route.bytes !== undefined) {
    throw new Problem("INVALID_REQUEST", { detail: "This operation takes no Idempotency-Key." });
  }
  return undefined;
}

function readBody(read: ReturnType<typeof express.json>, request: Request, response: Response): Promise<void> {
  if (request.headers["content-type"] !== undefined && !request.is("application/json")) {
    throw new Problem("UNSUPPORTED_MEDIA_TYPE", { detail: "Expected application/json." });
  }
  return new Promise((resolve, reject) => {
    read(request, response, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(toBodyProblem(error));
    });
  });
}

function toBodyProblem(error: unknown): unknown {
  const type = error instanceof Error && "type" in error ? error.type : undefined;
  if (type === "entity.too.large") return new Problem("BODY_TOO_LARGE", { detail: `At most ${maxJsonBytes} bytes.` });
  if (type === "entity.parse.failed") return new Problem("INVALID_JSON", { cause: error });
  if (type === "charset.unsupported" || type === "encoding.unsupported") return new Problem("UNSUPPORTED_MEDIA_TYPE");
  if (typeof type === "string")
    return new Problem("INVALID_REQUEST", { detail: "The body could not be read.", cause: error });
  return error;
}

async function send(response: Response, route: RouteDefinition, answer: AnyAnswer): Promise<void> {
  response.status(answer.status);
  if (route.isSecret === true) response.setHeader("cache-control", "no-store");
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.bytes !== undefined) await sendBytes(answer.bytes, response);
  else if (answer.body === undefined) response.end();
  else response.json(answer.body);
}

/** What breaks off is no failure of ours when it is the client who has gone, which ends the source as well. */
async function sendBytes(bytes: NodeJS.ReadableStream, response: Response): Promise<void> {
  let isGone = false;
  let hasFailed = false;
  bytes.once("error", () => {
    hasFailed = true;
  });
  response.once("close", () => {
    isGone = !hasFailed;
  });
  await pipeline(bytes, response).catch((error: unknown) => {
    if (!isGone) throw error;
  });
}
