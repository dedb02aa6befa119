import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import type { destinationsTest } from "./destinations.ts";
import { findDestination } from "./find-destination.ts";

export const run: RunOf<typeof destinationsTest> = async ({ api, arguments: given, output }) => {
  const client = await api();
  const { id, name } = await findDestination(client, given.destination);
  const { body } = await client.call("post /api/backups/destinations/{id}/test", { params: { id } });
  output.note(`${printable(name)} works: it was written, read, uploaded to in parts and emptied again.`);
  output.result(body.data, () => "");
};
