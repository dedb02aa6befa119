import type { ServerResponse } from "node:http";
import { S3Error } from "../errors/s3-error.ts";
import type { KeyUsage } from "../usage/key-usage.ts";
import type { AdminCall } from "./admin-call.ts";
import type { AdminRoute } from "./admin-listener.ts";
import { readLimit } from "./usage-route.ts";

const keyUsagePath = "/admin/usage/keys";

/** `GET /admin/usage/keys?limit=N&after=NAME`: what was asked with each access key, as JSON. */
export function createKeyUsageRoute(list: KeyUsage["list"]): AdminRoute {
  return {
    isAt: (path) => path === keyUsagePath,
    answer: (call, response) => answerKeyUsage(call, response, list),
  };
}

async function answerKeyUsage(
  { method, query }: AdminCall,
  response: ServerResponse,
  list: KeyUsage["list"],
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") {
    throw new S3Error("MethodNotAllowed", "Use GET.", { headers: { allow: "GET, HEAD" } });
  }
  const after = query.get("after");
  const page = list({ limit: readLimit(query), ...(after !== null && { after }) });
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(200, headers).end(`${JSON.stringify(page)}\n`);
}
