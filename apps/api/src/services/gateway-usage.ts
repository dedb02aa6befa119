import { z } from "@stave/api-contract";
import type { ApiContext } from "../context.ts";
import { askGateway, gatewayAway } from "./gateway-admin.ts";

const counts = z.object({
  name: z.string(),
  ownerId: z.string(),
  objects: z.int(),
  versions: z.int(),
  sizeBytes: z.int(),
  quotaBytes: z.int().optional(),
});

const usage = z.object({ buckets: z.array(counts), isTruncated: z.boolean() });

export type BucketCounts = z.output<typeof counts>;

export type UsageQuery = { readonly after?: string; readonly ownerId?: string; readonly limit: number };

/** What the gateway counts in each bucket, by name. Throws a `Problem` when it does not answer. */
export async function readGatewayUsage(
  context: Pick<ApiContext, "config">,
  { after, ownerId, limit }: UsageQuery,
): Promise<z.output<typeof usage>> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (after !== undefined) query.set("after", after);
  if (ownerId !== undefined) query.set("owner", ownerId);
  const builtIn = { engine: "stave", name: "the gateway" } as const;
  const response = await askGateway(context, builtIn, { method: "GET", path: `/admin/usage?${query}` });
  const result = usage.safeParse(await response.json());
  if (result.success) return result.data;
  throw gatewayAway(result.error);
}
