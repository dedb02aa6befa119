import type { RunOf } from "../../command/define-command.ts";
import { finishChange } from "./finish-change.ts";
import type { servicesStop } from "./index.ts";
import { resolveService } from "./resolve-service.ts";

export const run: RunOf<typeof servicesStop> = async (invocation) => {
  const { noWait } = invocation.options;
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const answer = await client.call("post /api/external-services/{id}/stop", { params: { id } });
  await finishChange(invocation, client, { answer, id, noWait, done: "It is stopped. What it stores is kept." });
};
