import { z } from "@stave/api-contract";
import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import { askGateway, gatewayAway } from "../services/gateway-admin.ts";

const state = z.object({
  quota: z.object({ maxSizeBytes: z.int().optional(), maxVersions: z.int().optional() }),
  usage: z.object({ objects: z.int(), versions: z.int(), sizeBytes: z.int() }),
});

export type QuotaChange = { readonly maxSizeBytes: number | null; readonly maxVersions: number | null };

/** What a bucket may hold and does; with a change, after it. */
export async function bucketQuota(
  context: Pick<ApiContext, "config">,
  service: ServiceRecord,
  { bucket, change }: { readonly bucket: string; readonly change?: QuotaChange },
) {
  const path = `/admin/buckets/${bucket}/quota`;
  const response = await askGateway(
    context,
    service,
    change === undefined ? { method: "GET", path } : { method: "PUT", path, body: JSON.stringify(withoutNull(change)) },
  );
  const read = state.safeParse(await response.json().catch(() => undefined));
  if (!read.success) throw gatewayAway(read.error);
  const { quota, usage } = read.data;
  return { maxSizeBytes: quota.maxSizeBytes ?? null, maxVersions: quota.maxVersions ?? null, usage };
}

function withoutNull({ maxSizeBytes, maxVersions }: QuotaChange) {
  return { ...(maxSizeBytes !== null && { maxSizeBytes }), ...(maxVersions !== null && { maxVersions }) };
}
