import { z } from "@stave/api-contract";
import type { ApiContext } from "../context.ts";
import { askGateway, gatewayAway } from "./gateway-admin.ts";

const counts = z.object({
  read: z.int(),
  write: z.int(),
  list: z.int(),
  delete: z.int(),
  other: z.int(),
  clientErrors: z.int(),
  serverErrors: z.int(),
  receivedBytes: z.int(),
  sentBytes: z.int(),
});

const usage = z.object({
  since: z.iso.datetime(),
  keys: z.array(z.object({ name: z.string(), counts })),
  isTruncated: z.boolean(),
});

export type KeyCounts = z.output<typeof counts>;

/** What the gateway has counted for each access key, by its id. Throws a `Problem` when it does not answer. */
export async function readKeyUsage(
  context: Pick<ApiContext, "config">,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<z.output<typeof usage>> {
  const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) });
  const builtIn = { engine: "stave", name: "the gateway" } as const;
  const response = await askGateway(context, builtIn, { method: "GET", path: `/admin/usage/keys?${query}` });
  const result = usage.safeParse(await response.json());
  if (result.success) return result.data;
  throw gatewayAway(result.error);
}
