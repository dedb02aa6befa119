import { Readable } from "node:stream";
import { z } from "@stave/api-contract";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { askGateway, gatewayAway } from "../services/gateway-admin.ts";

const summary = z.object({
  requestId: z.string(),
  time: z.iso.datetime(),
  remoteAddress: z.string().optional(),
  method: z.string(),
  path: z.string(),
  operation: z.string().optional(),
  accessKeyId: z.string().optional(),
  status: z.int(),
  code: z.string(),
});
const explanation = z.looseObject({
  ...summary.shape,
  host: z.string(),
  message: z.string(),
  hints: z.array(z.string()),
});
const list = z.object({ requests: z.array(summary) });

const builtIn = { engine: "stave", name: "the gateway" } as const;

/** Why the gateway has refused requests. It keeps the newest refusals, until it stops. */
export function refusalOperations(context: OperationContext): Pick<Handlers, "listRefusals" | "explainRefusal"> {
  return {
    async listRefusals({ query: { limit, key, code } }) {
      const query = new URLSearchParams({ limit: String(limit) });
      if (key !== undefined) query.set("key", key);
      if (code !== undefined) query.set("code", code);
      const response = await askGateway(context, builtIn, { method: "GET", path: `/admin/requests?${query}` });
      return { status: 200, body: { data: read(list, await response.json()).requests } };
    },
    async explainRefusal({ params: { requestId }, message }) {
      const path = `/admin/requests/${requestId}/why`;
      const headers = { vary: "accept", "cache-control": "no-store" };
      if (message.accepts(["application/json", "text/plain"]) === "text/plain") {
        const response = await askGateway(context, builtIn, { method: "GET", path: `${path}?format=text` });
        const type = { "content-type": "text/plain; charset=utf-8" };
        return { status: 200, headers: { ...headers, ...type }, bytes: Readable.from([await response.text()]) };
      }
      const response = await askGateway(context, builtIn, { method: "GET", path });
      return { status: 200, headers, body: { data: read(explanation, await response.json()) } };
    },
  };
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw gatewayAway(result.error);
}
