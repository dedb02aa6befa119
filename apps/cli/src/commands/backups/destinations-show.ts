import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import type { destinationsShow } from "./destinations.ts";
import { findDestination } from "./find-destination.ts";
import { placeOf } from "./place-of.ts";

export const run: RunOf<typeof destinationsShow> = async ({ api, arguments: given, output }) => {
  const client = await api();
  const { id } = await findDestination(client, given.destination);
  const { body } = await client.call("get /api/backups/destinations/{id}", { params: { id } });
  const { data } = body;
  output.result(data, () =>
    formatProperties({
      ID: data.id,
      Name: data.name,
      Kind: data.kind,
      Place: placeOf(data),
      ...(data.kind === "s3" && {
        Region: data.region,
        "Access key": data.accessKeyId,
        "Secret key": "***",
        Style: data.forcePathStyle ? "path" : "virtual host",
      }),
      Created: data.createdAt,
      Changed: data.updatedAt,
    }),
  );
};
