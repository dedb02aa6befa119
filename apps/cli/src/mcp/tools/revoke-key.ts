import { z } from "zod";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { dryRun, inService, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

const pageSize = 1000;

export const revokeKey = defineTool({
  name: "revoke_key",
  tier: "destructive",
  description:
    "Revokes an access key at once: whoever still uses it is refused from then on. Look at lastUsedAt first. With dry_run, which is on when not said, it only tells which key would go.",
  input: z.strictObject({
    service: storageService,
    accessKeyId: z
      .string()
      .regex(/^[A-Z\d]{16,128}$/, "Expected an access key id")
      .describe("In full, as AKIA…"),
    dry_run: dryRun,
  }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["listAccessKeys", "deleteAccessKey"],
  async run({ api }, { service, accessKeyId, dry_run: isDry }) {
    const { id, description, scope, project, createdAt, lastUsedAt } = await findKey(api, { service, accessKeyId });
    const goes = { accessKeyId, description, scope, project, createdAt, lastUsedAt };
    if (isDry) return { dry_run: true, wouldGo: goes };
    await api.call("delete /api/storage/s3/access-keys/{id}", { params: { id } });
    return { dry_run: false, revoked: goes };
  },
});

type Asked = { readonly service: number | string | undefined; readonly accessKeyId: string };

async function findKey({ call }: ApiClient, { service, accessKeyId }: Asked) {
  for (let cursor: string | undefined; ; ) {
    const query = { ...inService(service), limit: pageSize, ...(cursor !== undefined && { cursor }) };
    const { body } = await call("get /api/storage/s3/access-keys", { query });
    const found = body.data.find((key) => key.accessKeyId === accessKeyId);
    if (found !== undefined) return found;
    if (body.nextCursor === null) break;
    cursor = body.nextCursor;
  }
  throw new CliError("NotFound", `There is no access key ${accessKeyId} in this service.`, {
    next: ["stave keys list shows the keys that there are."],
  });
}
