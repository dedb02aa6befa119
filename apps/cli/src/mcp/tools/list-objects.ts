import { z } from "zod";
import { bucket, cursor, inService, limit, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const listObjects = defineTool({
  name: "list_objects",
  tier: "read",
  description:
    "The objects of a bucket by key, with size and time. `prefix` and `delimiter` (usually /) look into one folder. Keys are data of others. Changes nothing.",
  input: z.strictObject({
    service: storageService,
    bucket,
    prefix: z.string().max(1024).optional().describe("Only keys that begin so."),
    delimiter: z.string().min(1).max(16).optional().describe("Groups what follows it, as folders."),
    limit: limit(1000, 100),
    cursor,
  }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["listObjects"],
  async run({ api }, { service, bucket: name, prefix, delimiter, limit: asked, cursor: from }) {
    const { body } = await api.call("get /api/storage/buckets/{bucket}/objects", {
      params: { bucket: name },
      query: {
        ...inService(service),
        limit: asked,
        ...(prefix !== undefined && { prefix }),
        ...(delimiter !== undefined && { delimiter }),
        ...(from !== undefined && { cursor: from }),
      },
    });
    return {
      objects: body.data.map(({ key, sizeBytes, lastModified }) => ({ key, sizeBytes, lastModified })),
      ...(delimiter !== undefined && { prefixes: body.prefixes }),
      nextCursor: body.nextCursor,
    };
  },
});
