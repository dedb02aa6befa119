import { z } from "zod";
import { CliError } from "../../command/cli-error.ts";
import { cursor, limit } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const listServices = defineTool({
  name: "list_services",
  tier: "read",
  description:
    "The S3 services with id, slug, engine, status and endpoints. Secrets are not part of it. Changes nothing.",
  input: z.strictObject({ limit: limit(1000, 100), cursor }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["listServices"],
  async run({ api }, { limit: asked, cursor: from }) {
    const { page, page_size } = from === undefined ? { page: 1, page_size: asked } : readCursor(from);
    const { body } = await api.call("get /api/external-services", { query: { page, page_size } });
    return {
      services: body.map(({ id, name, slug, engine, status, status_reason, region, public_endpoint }) => ({
        id,
        name,
        slug,
        engine,
        status,
        ...(status_reason !== null && { status_reason }),
        region,
        endpoint: public_endpoint,
      })),
      nextCursor: body.length < page_size ? null : `${page + 1}.${page_size}`,
    };
  },
});

function readCursor(text: string) {
  const [, page, size] = /^([1-9]\d{0,5})\.([1-9]\d{0,2}|1000)$/.exec(text) ?? [];
  if (page === undefined) throw new CliError("Usage", "Expected the nextCursor of a page before.");
  return { page: Number(page), page_size: Number(size) };
}
