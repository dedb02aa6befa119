import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { serviceQuery } from "../buckets/options.ts";

const pageSize = 1000;

type InBucket = { readonly bucket: string; readonly service: string | undefined };

/** Newest first. */
export async function listCredentials({ call }: ApiClient, { bucket, service }: InBucket) {
  const found = [];
  for (let cursor: string | undefined; ; ) {
    const { body } = await call("get /api/storage/buckets/{bucket}/credentials", {
      params: { bucket },
      query: { ...serviceQuery(service), limit: pageSize, ...(cursor !== undefined && { cursor }) },
    });
    found.push(...body.data);
    if (body.nextCursor === null) return found;
    cursor = body.nextCursor;
  }
}

/** By its id or its access key id. Throws `NotFound`. */
export async function findCredential(
  client: ApiClient,
  { bucket, service, credential }: InBucket & { readonly credential: string },
) {
  const credentials = await listCredentials(client, { bucket, service });
  const found = credentials.find(({ id, accessKeyId }) => id === credential || accessKeyId === credential);
  if (found !== undefined) return found;
  throw new CliError("NotFound", `The bucket ${bucket} has no credential ${credential}.`, {
    why: "It was revoked, is one of another bucket, or never existed.",
    next: [`stave credentials list ${bucket}`],
  });
}
