import { z } from "zod";
import { CliError } from "../../command/cli-error.ts";
import { bucket, inService, key, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

const maxBytes = 1024 ** 2;

export const putObject = defineTool({
  name: "put_object",
  tier: "write",
  description:
    "Stores up to 1 MiB under a key. A key that is taken is refused unless overwrite is true: then what was there is gone, except in a bucket with versions. For larger files: stave cp. Never store a secret.",
  input: z.strictObject({
    service: storageService,
    bucket,
    key,
    content: z.string().max(1_400_000),
    encoding: z.enum(["utf8", "base64"]).default("utf8").describe("How the bytes are in `content`."),
    contentType: z
      .string()
      .max(256)
      .regex(/^[\x20-\x7e]+$/)
      .optional()
      .describe("text/plain or application/octet-stream when not said."),
    overwrite: z.boolean().default(false),
  }),
  isUntrusted: false,
  isIdempotent: false,
  operations: ["putObject"],
  async run({ api }, { service, content, encoding, contentType, overwrite, ...params }) {
    const bytes = decode(content, encoding);
    const usual = encoding === "utf8" ? "text/plain; charset=utf-8" : "application/octet-stream";
    const { body } = await api.call("put /api/storage/buckets/{bucket}/objects/{key+}", {
      params,
      query: inService(service),
      bytes,
      headers: { "content-type": contentType ?? usual, ...(!overwrite && { "if-none-match": "*" }) },
    });
    return { object: body.data };
  },
});

function decode(content: string, encoding: "utf8" | "base64"): Buffer {
  if (encoding === "base64" && !/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(content)) {
    throw new CliError("Usage", "The content is not base64.");
  }
  const bytes = Buffer.from(content, encoding);
  if (bytes.length <= maxBytes) return bytes;
  throw new CliError("Usage", `The content has ${bytes.length} bytes; at most ${maxBytes} are taken here.`, {
    next: ["stave cp FILE s3://BUCKET/KEY"],
  });
}
