import { z } from "zod";
import { cursor, inService, limit, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const listBuckets = defineTool({
  name: "list_buckets",
  tier: "read",
  description: "The buckets of a service by name, and whether everybody may read them. Changes nothing.",
  input: z.strictObject({ service: storageService, limit: limit(1000, 100), cursor }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["listBuckets"],
  async run({ api }, { service, limit: asked, cursor: from }) {
    const query = { ...inService(service), limit: asked, ...(from !== undefined && { cursor: from }) };
    const { body } = await api.call("get /api/storage/buckets", { query });
    return { buckets: body.data, nextCursor: body.nextCursor };
  },
});
