import type { ServerResponse } from "node:http";
import { showExplanation, showSummaries } from "../explain/show-explanation.ts";
import type { AdminCall } from "./admin-call.ts";
import type { AdminRoute } from "./admin-listener.ts";
import type { Refusals } from "./why-messages.ts";

export const requestsPath = "/admin/requests";

const defaultLimit = 50;
/** What all workers keep is more, and too much for a list that somebody reads. */
const maxLimit = 1000;
const unknownRequest =
  "No refusal of this request is kept: each serving process keeps its newest 1,000, until it stops, and only those about access.";

/**
 * `GET /admin/requests/ID/why`: why a request was refused. `GET /admin/requests?limit=N&key=ID&code=CODE`: the newest refusals.
 * Both as JSON, or as text for people with `?format=text` or `Accept: text/plain`.
 */
export function createWhyRoute(refusals: Refusals): AdminRoute {
  return {
    isAt: (path) => path === requestsPath || path.startsWith(`${requestsPath}/`),
    answer: (call, response) => answerWhy(call, response, refusals),
  };
}

async function answerWhy(
  { method, path, query, headers }: AdminCall,
  response: ServerResponse,
  refusals: Refusals,
): Promise<void> {
  const isText = query.get("format") === "text" || /^text\/plain\b/.test(headers.accept ?? "");
  const answer = (status: number, type: string, body: string) => {
    response.writeHead(status, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" }).end(body);
  };
  const refuse = (status: number, text: string) => answer(status, "text/plain", `${text}\n`);

  if (method !== "GET" && method !== "HEAD") return refuse(405, "Use GET.");
  const id = /^\/admin\/requests\/([0-9A-F]{16})\/why$/i.exec(path)?.[1];
  if (id !== undefined) {
    const explanation = await refusals.explain(id.toUpperCase());
    if (explanation === undefined) return refuse(404, unknownRequest);
    if (isText) return answer(200, "text/plain", showExplanation(explanation));
    return answer(200, "application/json", `${JSON.stringify(explanation)}\n`);
  }
  if (path !== requestsPath) return refuse(404, `Paths: ${requestsPath}, ${requestsPath}/REQUEST_ID/why.`);
  const limit = query.get("limit") ?? String(defaultLimit);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > maxLimit) {
    return refuse(400, `Expected limit to be a whole number from 1 to ${maxLimit}.`);
  }
  const [key, code] = [query.get("key"), query.get("code")];
  const list = await refusals.list({
    limit: Number(limit),
    ...(key !== null && { key }),
    ...(code !== null && { code }),
  });
  if (isText) return answer(200, "text/plain", showSummaries(list));
  return answer(200, "application/json", `${JSON.stringify({ requests: list })}\n`);
}
