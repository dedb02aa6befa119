import type { RunOf } from "../../command/define-command.ts";
import { finishChange } from "./finish-change.ts";
import type { servicesStart } from "./index.ts";
import { resolveService } from "./resolve-service.ts";

export const run: RunOf<typeof servicesStart> = async (invocation) => {
  const { allowEmptyVolume, noWait } = invocation.options;
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const query = allowEmptyVolume ? ({ allow_empty_volume: "true" } as const) : {};
  const answer = await client.call("post /api/external-services/{id}/start", { params: { id }, query });
  await finishChange(invocation, client, { answer, id, noWait, done: "It runs." });
};
