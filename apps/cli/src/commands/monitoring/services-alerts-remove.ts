import type { RunOf } from "../../command/define-command.ts";
import { resolveService } from "../services/resolve-service.ts";
import type { servicesAlertsRemove } from "./index.ts";

export const run: RunOf<typeof servicesAlertsRemove> = async (invocation) => {
  const { rule: rule_id } = invocation.options;
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  await client.call("delete /api/external-services/{id}/alert-rules/{rule_id}", { params: { id, rule_id } });
  invocation.output.note("Removed the rule.");
  invocation.output.result({ removed: rule_id }, () => "");
};
