import type { RunOf } from "../../command/define-command.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesOomAcknowledge } from "./index.ts";

export const run: RunOf<typeof servicesOomAcknowledge> = async (invocation) => {
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const { body } = await client.call("post /api/external-services/{id}/oom/acknowledge", { params: { id } });
  invocation.output.note("Noted, until the next time.");
  invocation.output.result(body, () => "");
};
