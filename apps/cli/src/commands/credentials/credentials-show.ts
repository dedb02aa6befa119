import type { ApiClient } from "../../api/api-client.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { serviceQuery } from "../buckets/options.ts";
import { findCredential } from "./find-credential.ts";
import type { credentialsShow } from "./index.ts";

export const run: RunOf<typeof credentialsShow> = async ({ api, arguments: given, options, output }) => {
  const { service, reveal } = options;
  const client = await api();
  const { id } = await findCredential(client, { ...given, service });
  const place = { params: { bucket: given.bucket, id }, query: serviceQuery(service) };
  const data = reveal ? await revealed(client, place) : await masked(client, place);
  output.result(data, () =>
    formatProperties({
      "Access key": data.accessKeyId,
      "Secret key": reveal ? data.secretAccessKey : "*** (--reveal shows it)",
      ID: data.id,
      Bucket: data.bucket,
      Description: data.description,
      Access: data.access,
      Prefix: data.prefix,
      Endpoint: data.endpoint,
      Region: data.region,
      Created: data.createdAt,
      "Last used": data.lastUsedAt ?? "never",
      Expires: data.expiresAt ?? "never",
      "Replaced by": data.replacedBy,
    }),
  );
};

type Place = {
  readonly params: { readonly bucket: string; readonly id: string };
  readonly query: { readonly service?: string };
};

async function revealed({ call }: ApiClient, place: Place) {
  return (await call("get /api/storage/buckets/{bucket}/credentials/{id}/secret", place)).body.data;
}

async function masked({ call }: ApiClient, place: Place) {
  const { body } = await call("get /api/storage/buckets/{bucket}/credentials/{id}", place);
  return { ...body.data, secretAccessKey: "***" };
}
