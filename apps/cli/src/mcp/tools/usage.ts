import { z } from "zod";
import { findServiceId } from "../find-service.ts";
import { cursor, limit, service } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const usage = defineTool({
  name: "usage",
  tier: "read",
  description:
    "How much the built-in engine stores: in all, by service and by project; with `service`, by bucket. Changes nothing.",
  input: z.strictObject({ service: service.optional(), limit: limit(1000, 100), cursor }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["getUsage", "listBucketUsage", "getServiceBySlug"],
  async run({ api }, { service: named, limit: asked, cursor: from }) {
    if (named === undefined) return (await api.call("get /api/usage")).body.data;
    const query = {
      serviceId: await findServiceId(api, named),
      limit: asked,
      ...(from !== undefined && { cursor: from }),
    };
    const { body } = await api.call("get /api/usage/buckets", { query });
    return { buckets: body.data, nextCursor: body.nextCursor };
  },
});
