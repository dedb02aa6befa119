import { z } from "zod";
import { bucket, file, inService, project, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

const daySeconds = 86_400;

export const createKey = defineTool({
  name: "create_key",
  tier: "write",
  description:
    "Issues an access key that may do only what `access` says, in one bucket or one project. Its secret goes into a new file of mode 0600 with the variables of the AWS SDKs, and never into an answer. Tell the person to keep the file out of version control.",
  input: z.strictObject({
    service: storageService,
    access: z.enum(["read-only", "read-objects", "read-write"]).describe("read-objects: without listing."),
    on: z
      .union([z.strictObject({ bucket, prefix: z.string().min(1).max(1024).optional() }), z.strictObject({ project })])
      .describe("What it opens: a bucket, keys of it that begin with a prefix, or the buckets of a project."),
    description: z.string().min(1).max(200).describe("What it is for."),
    expiresInDays: z.int().min(1).max(3650).optional().describe("Without it, it does not expire."),
    file,
  }),
  isUntrusted: false,
  isIdempotent: false,
  operations: ["createAccessKey", "getS3Config", "deleteAccessKey"],
  async run({ api, secretFiles, now }, { service, access, on, description, expiresInDays, file: path }) {
    const query = inService(service);
    const made = await secretFiles.write(path, async () => {
      const { body: config } = await api.call("get /api/storage/s3/config", { query });
      const { body } = await api.call("post /api/storage/s3/access-keys", {
        query,
        body: {
          description,
          scope: { access, on: "bucket" in on ? withoutUndefined(on) : on },
          ...(expiresInDays !== undefined && { expiresAt: inDays(now(), expiresInDays) }),
        },
      });
      const { secretAccessKey, ...key } = body.data;
      const text = variables({
        ...config.data,
        ...key,
        secretAccessKey,
        bucket: "bucket" in on ? on.bucket : undefined,
      });
      const undo = async () => {
        await api.call("delete /api/storage/s3/access-keys/{id}", { params: { id: key.id } });
      };
      return { text, secrets: [secretAccessKey], made: key, undo };
    });
    const { id, accessKeyId, expiresAt } = made;
    return { key: { id, accessKeyId, access, on, expiresAt }, file: path };
  },
});

type Issued = {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string | undefined;
};

function variables({ endpoint, region, accessKeyId, secretAccessKey, bucket: name }: Issued): string {
  const lines = [
    ["AWS_ACCESS_KEY_ID", accessKeyId],
    ["AWS_SECRET_ACCESS_KEY", secretAccessKey],
    ["AWS_DEFAULT_REGION", region],
    ["AWS_REGION", region],
    ["AWS_ENDPOINT_URL", endpoint],
    ["AWS_ENDPOINT_URL_S3", endpoint],
    ...(name === undefined ? [] : [["BUCKET_NAME", name]]),
  ];
  return lines.map(([variable, value]) => `${variable}=${value}\n`).join("");
}

function inDays(now: Date, days: number): string {
  return new Date(now.getTime() + days * daySeconds * 1000).toISOString();
}

function withoutUndefined({ bucket: name, prefix }: { readonly bucket: string; readonly prefix?: string | undefined }) {
  return prefix === undefined ? { bucket: name } : { bucket: name, prefix };
}
