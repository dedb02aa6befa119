import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { S3Error } from "../errors/s3-error.ts";
import type { PlanLine, PlanQuery } from "../lifecycle/show-plan.ts";
import type { AdminCall } from "./admin-call.ts";
import type { AdminRoute } from "./admin-listener.ts";
import type { Plan } from "./plan-messages.ts";

export const planPath = "/lifecycle/plan";

/**
 * `GET /lifecycle/plan?bucket=NAME&at=TIME`, and POST with a document of rules that are not put yet. Answers with one JSON object a
 * line; the last one has the `total`, and an answer without it was cut off.
 */
export function createPlanRoute(createPlan: (query: PlanQuery) => Plan): AdminRoute {
  return {
    isAt: (path) => path === planPath,
    async answer(call, response) {
      const plan = createPlan(readQuery(call));
      await sendPlan(plan, await plan.next(), response);
    },
  };
}

function readQuery({ method, query, body }: AdminCall): PlanQuery {
  if (method !== "GET" && method !== "POST") {
    throw new S3Error("MethodNotAllowed", "Use GET, or POST with rules.", { headers: { allow: "GET, POST" } });
  }
  const bucket = query.get("bucket");
  const at = query.get("at");
  return {
    ...(bucket !== null && { bucket }),
    ...(at !== null && { at }),
    ...(method === "POST" && { rules: body.toString("utf8") }),
  };
}

async function sendPlan(
  plan: Plan,
  first: IteratorResult<readonly PlanLine[]>,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { "content-type": "application/x-ndjson; charset=utf-8" });
  // A failure from here on cuts the answer off; a client that goes ends the plan.
  await pipeline(toText(plan, first), response).catch(() => {});
}

async function* toText(plan: Plan, first: IteratorResult<readonly PlanLine[]>): AsyncGenerator<string> {
  try {
    for (let piece = first; piece.done !== true; piece = await plan.next()) {
      yield piece.value.map((line) => `${JSON.stringify(line)}\n`).join("");
    }
  } finally {
    await plan.return(undefined);
  }
}
