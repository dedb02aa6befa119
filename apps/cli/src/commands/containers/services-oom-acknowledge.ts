import type { RunOf } from "../../command/define-command.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesOomAcknowledge } from "./index.ts";
import { orNoContainer } from "./or-no-container.ts";

export const run: RunOf<typeof servicesOomAcknowledge> = async (invocation) => {
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const { body } = await orNoContainer(
    client.call("post /api/external-services/{id}/oom/acknowledge", { params: { id } }),
    { client, id },
  );
  invocation.output.note("Noted, until the next time.");
  invocation.output.result(body, () => "");
};
