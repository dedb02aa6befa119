import { z } from "zod";
import { inService, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const createBucket = defineTool({
  name: "create_bucket",
  tier: "write",
  description:
    "Makes a private bucket. Costs nothing until something is stored in it. objectLock cannot be taken back and makes deleting hard.",
  input: z.strictObject({
    service: storageService,
    bucket: z.string().min(3).max(63).describe("3 to 63 lower-case letters, digits, hyphens and single dots."),
    objectLock: z.boolean().default(false).describe("Versions can be locked against deletion."),
  }),
  isUntrusted: false,
  isIdempotent: false,
  operations: ["createBucket"],
  async run({ api }, { service, bucket: name, objectLock }) {
    const { body } = await api.call("post /api/storage/buckets", {
      query: inService(service),
      body: { name, visibility: "private", objectLock },
    });
    return { bucket: body.data };
  },
});
