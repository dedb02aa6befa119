import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { serviceQuery } from "../buckets/options.ts";

const pageSize = 1000;

export type AccessKey = Awaited<ReturnType<typeof listKeys>>[number];

/** Of a service, newest first. */
export async function listKeys(
  { call }: ApiClient,
  { service, project }: { readonly service: string | undefined; readonly project?: string | undefined },
) {
  const found = [];
  for (let cursor: string | undefined; ; ) {
    const { body } = await call("get /api/storage/s3/access-keys", {
      query: {
        ...serviceQuery(service),
        limit: pageSize,
        ...(project !== undefined && { project }),
        ...(cursor !== undefined && { cursor }),
      },
    });
    found.push(...body.data);
    if (body.nextCursor === null) return found;
    cursor = body.nextCursor;
  }
}

/** By its id or its access key id. Throws `NotFound`. */
export async function findKey(
  client: ApiClient,
  { key, service }: { readonly key: string; readonly service: string | undefined },
): Promise<AccessKey> {
  const keys = await listKeys(client, { service });
  const found = keys.find(({ id, accessKeyId }) => id === key || accessKeyId === key);
  if (found !== undefined) return found;
  throw new CliError("NotFound", `The service ${service ?? 1} has no access key ${key}.`, {
    why: "It was revoked, is one of another service, of a bucket or of a link, or never existed.",
    next: ["stave keys list", "stave credentials list BUCKET"],
  });
}
