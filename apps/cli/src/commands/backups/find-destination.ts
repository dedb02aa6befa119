import type { ApiClient } from "../../api/api-client.ts";
import { listAll } from "../../api/list-all.ts";
import { CliError } from "../../command/cli-error.ts";
import { findOne } from "../../command/find-one.ts";

const list = "stave backups destinations list";

/** By its id, or by its name. */
export async function findDestination(client: ApiClient, named: string) {
  const destinations = await listDestinations(client);
  return findOne(destinations, named, { what: "destination", nameOf: ({ name }) => name, list });
}

/** The one that is named, or the only one that there is. */
export async function chooseDestination(client: ApiClient, named: string | undefined) {
  if (named !== undefined) return await findDestination(client, named);
  const [only, second] = await listDestinations(client);
  if (only !== undefined && second === undefined) return only;
  throw new CliError("Usage", "--destination is missing.", {
    why: only === undefined ? "There is no destination yet." : "There are several destinations.",
    next: [only === undefined ? "stave backups destinations create -n disk --directory nightly" : list],
  });
}

export async function listDestinations({ call }: ApiClient) {
  return await listAll((query) => call("get /api/backups/destinations", { query }));
}
