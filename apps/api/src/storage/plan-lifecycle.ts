import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { z } from "@stave/api-contract";
import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { askGateway, gatewayAway } from "../services/gateway-admin.ts";
import { putLifecycle } from "./bucket-settings.ts";

export type LifecyclePlanInput = {
  readonly bucket: string;
  /** Instead of those of the bucket. */
  readonly rules: readonly object[] | undefined;
  readonly at: string | undefined;
};

const line = z.union([
  z.object({ total: z.int() }),
  z.object({
    key: z.string(),
    action: z.string(),
    versionId: z.string().optional(),
    uploadId: z.string().optional(),
    sizeBytes: z.int().optional(),
    ruleId: z.string(),
    dueAt: z.string(),
  }),
]);

const maxEntries = 1000;

/** What lifecycle rules would do: asked of the gateway, so that it is what the gateway does. */
export async function planLifecycle(
  context: ApiContext,
  { service, client }: { readonly service: ServiceRecord; readonly client: S3Client },
  { bucket, rules, at }: LifecyclePlanInput,
) {
  const query = new URLSearchParams({ bucket, ...(at !== undefined && { at }) });
  const path = `/lifecycle/plan?${query}`;
  const call =
    rules === undefined ? { method: "GET" as const, path } : await withRules(client, { bucket, rules, path });
  const response = await askGateway(context, service, call);
  if (response.body === null) throw gatewayAway(new Error("The plan is empty"));
  return readPlan(response.body);
}

/** In the document that S3 has for them. */
async function withRules(
  client: S3Client,
  { bucket, rules, path }: { readonly bucket: string; readonly rules: readonly object[]; readonly path: string },
) {
  const command = putLifecycle(bucket, rules);
  let body = "";
  command.middlewareStack.add(
    () => async (args) => {
      const { request } = args as { readonly request: { readonly body?: unknown } };
      body = String(request.body);
      return { response: undefined, output: { $metadata: {} } }; // it is written, not sent
    },
    { step: "build", priority: "high" },
  );
  await client.send(command);
  return { method: "POST" as const, path, body };
}

async function readPlan(body: ReadableStream) {
  const entries = [];
  const input = Readable.fromWeb(body as never);
  try {
    for await (const text of createInterface({ input })) {
      const entry = line.parse(JSON.parse(text));
      if ("total" in entry) return { entries, total: entry.total };
      if (entries.length === maxEntries) return { entries, total: null };
      const { versionId = null, uploadId = null, sizeBytes = null, key, action, ruleId, dueAt } = entry;
      entries.push({ key, action, versionId, uploadId, sizeBytes, ruleId, dueAt });
    }
  } catch (cause) {
    throw gatewayAway(cause);
  } finally {
    input.destroy(); // the gateway need not go on when this is enough
  }
  throw gatewayAway(new Error("The plan was cut off"));
}
