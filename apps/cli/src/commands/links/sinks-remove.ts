import type { RunOf } from "../../command/define-command.ts";
import { resolveLink } from "./find-link.ts";
import type { sinksRemove } from "./index.ts";

export const run: RunOf<typeof sinksRemove> = async (invocation) => {
  const { sink } = invocation.options;
  const client = await invocation.api();
  const { params, query } = await resolveLink(invocation, client);
  const route = "delete /api/external-services/{id}/projects/{project_id}/sinks/{sink_id}";
  await client.call(route, { params: { ...params, sink_id: sink }, query });
  invocation.output.note("Forgotten. What was written last stays there.");
  invocation.output.result({ removed: sink }, () => "");
};
