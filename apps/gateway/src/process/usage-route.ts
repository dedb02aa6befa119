import type { ServerResponse } from "node:http";
import { S3Error } from "../errors/s3-error.ts";
import type { AdminCall } from "./admin-call.ts";
import type { AdminRoute } from "./admin-listener.ts";
import type { ReadUsage } from "./usage-messages.ts";

const usagePath = "/admin/usage";
const defaultLimit = 100;
const maxLimit = 1000;

/** `GET /admin/usage?limit=N&after=BUCKET&owner=ACCOUNT`: what each bucket holds, by name, as JSON. */
export function createUsageRoute(readUsage: ReadUsage): AdminRoute {
  return {
    isAt: (path) => path === usagePath,
    answer: (call, response) => answerUsage(call, response, readUsage),
  };
}

async function answerUsage(
  { method, query }: AdminCall,
  response: ServerResponse,
  readUsage: ReadUsage,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") {
    throw new S3Error("MethodNotAllowed", "Use GET.", { headers: { allow: "GET, HEAD" } });
  }
  const [after, ownerId] = [query.get("after"), query.get("owner")];
  const page = await readUsage({
    limit: readLimit(query),
    ...(after !== null && { after }),
    ...(ownerId !== null && { ownerId }),
  });
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(200, headers).end(`${JSON.stringify(page)}\n`);
}

/** Throws `InvalidArgument`. */
export function readLimit(query: URLSearchParams): number {
  const limit = query.get("limit") ?? String(defaultLimit);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > maxLimit) {
    throw new S3Error("InvalidArgument", `Expected limit to be a whole number from 1 to ${maxLimit}.`);
  }
  return Number(limit);
}
