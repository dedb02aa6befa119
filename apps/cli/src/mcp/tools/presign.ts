import { z } from "zod";
import { bucket, inService, key, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

const maxSeconds = 3600;

export const presign = defineTool({
  name: "presign",
  tier: "write",
  description:
    "A URL with which anybody downloads (GET) or uploads (PUT) one object, without a key, for at most an hour. Whoever has the URL may do that: give it to nobody but who asked for it. For PUT, send the headers of the answer as they are.",
  input: z.strictObject({
    service: storageService,
    bucket,
    key,
    method: z.enum(["GET", "PUT"]).default("GET"),
    expiresInSeconds: z.int().min(1).max(maxSeconds).default(900),
    contentType: z
      .string()
      .max(256)
      .regex(/^[\x20-\x7e]+$/)
      .optional()
      .describe("Of a PUT: no other type is taken then."),
    sizeBytes: z.int().min(0).optional().describe("Of a PUT: no more bytes are taken then."),
  }),
  isUntrusted: false,
  isIdempotent: true,
  operations: ["getDownloadStrategy", "createUploadStrategy"],
  async run({ api }, { service, bucket: name, key: objectKey, method, expiresInSeconds, contentType, sizeBytes }) {
    const query = inService(service);
    if (method === "GET") {
      const { body } = await api.call("get /api/storage/buckets/{bucket}/download-strategy/objects/{key+}", {
        params: { bucket: name, key: objectKey },
        query: { ...query, expiresIn: expiresInSeconds },
      });
      const { url, expiresAt } = body.data;
      return { method, url, expiresAt };
    }
    const { body } = await api.call("post /api/storage/buckets/{bucket}/upload-strategy", {
      params: { bucket: name },
      query,
      body: {
        key: objectKey,
        kind: "put",
        expiresIn: expiresInSeconds,
        ...(contentType !== undefined && { contentType }),
        ...(sizeBytes !== undefined && { size: sizeBytes }),
      },
    });
    const { data } = body;
    if (data.kind !== "put") throw new TypeError(`Expected a URL for PUT, got one of kind ${data.kind}.`);
    return { method, url: data.uploadUrl, headers: data.headers, expiresAt: data.expiresAt };
  },
});
