import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { orNoContainer } from "./or-no-container.ts";

/** The copy of its volume that a service has. Throws `NotFound` without one. */
export async function requireSnapshot(client: ApiClient, id: number) {
  const { body } = await orNoContainer(client.call("get /api/external-services/{id}/versions", { params: { id } }), {
    client,
    id,
  });
  if (body.snapshot !== null) return body.snapshot;
  throw new CliError("NotFound", "The service has no snapshot of its volume.", {
    next: [`stave services upgrade --id ${id} -v IMAGE --snapshot`],
  });
}
