import type { RunOf } from "../../command/define-command.ts";
import { finishChange } from "../services/finish-change.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesRecreate } from "./index.ts";
import { orNoContainer } from "./or-no-container.ts";

export const run: RunOf<typeof servicesRecreate> = async (invocation) => {
  const { noWait } = invocation.options;
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const answer = await orNoContainer(client.call("post /api/external-services/{id}/recreate", { params: { id } }), {
    client,
    id,
  });
  await finishChange(invocation, client, { answer, id, noWait, done: "It runs in a new container, on the same data." });
};
