import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { maxLifecycleConfigurationBytes } from "@stave/s3-xml";
import { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { PlanLine, PlanQuery } from "../lifecycle/show-plan.ts";
import type { Plan } from "./plan-messages.ts";

export const planPath = "/lifecycle/plan";

export type PlanRouteOptions = { readonly createPlan: (query: PlanQuery) => Plan };

/**
 * `GET /lifecycle/plan?bucket=NAME&at=TIME`, and POST with a document of rules that are not put yet. Answers with one JSON object a
 * line; the last one has the `total`, and an answer without it was cut off.
 */
export async function answerPlan(
  request: IncomingMessage,
  response: ServerResponse,
  { createPlan }: PlanRouteOptions,
): Promise<void> {
  const refuse = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" }).end(`${text}\n`);
  };
  if (request.method !== "GET" && request.method !== "POST") {
    refuse(405, "Use GET, or POST with rules.");
    return;
  }
  let plan: Plan;
  let first: Awaited<ReturnType<Plan["next"]>>;
  try {
    plan = createPlan(await readQuery(request));
    first = await plan.next();
  } catch (error) {
    const { status, code, message } = toS3Error(error);
    refuse(status, `${code}: ${message}`);
    return;
  }
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

async function readQuery(request: IncomingMessage): Promise<PlanQuery> {
  const { searchParams } = new URL(request.url ?? "", "http://localhost");
  const bucket = searchParams.get("bucket");
  const at = searchParams.get("at");
  return {
    ...(bucket !== null && { bucket }),
    ...(at !== null && { at }),
    ...(request.method === "POST" && { rules: await readRules(request) }),
  };
}

async function readRules(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxLifecycleConfigurationBytes) {
      throw new S3Error("MaxMessageLengthExceeded", `Rules may have ${maxLifecycleConfigurationBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
