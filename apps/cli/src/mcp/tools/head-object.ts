import { z } from "zod";
import { bucket, inService, key, storageService, versionId } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const headObject = defineTool({
  name: "head_object",
  tier: "read",
  description:
    "What is known of one object: size, type, ETag, times, metadata. Its content is not read. Changes nothing.",
  input: z.strictObject({ service: storageService, bucket, key, versionId: versionId.optional() }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["getObjectMetadata"],
  async run({ api }, { service, versionId: version, ...params }) {
    const { body } = await api.call("get /api/storage/buckets/{bucket}/metadata/objects/{key+}", {
      params,
      query: { ...inService(service), ...(version !== undefined && { versionId: version }) },
    });
    return { object: body.data };
  },
});
