import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { resolveLink } from "./find-link.ts";
import type { linksUpdate } from "./index.ts";

export const run: RunOf<typeof linksUpdate> = async (invocation) => {
  const { prefix, endpoint } = invocation.options;
  if (prefix === undefined && endpoint === undefined) {
    throw new CliError("Usage", "Nothing is to be changed.", { why: "There is no --prefix and no --endpoint." });
  }
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  const body = { ...(prefix !== undefined && { prefix }), ...(endpoint !== undefined && { endpoint }) };
  const { body: link } = await client.call("patch /api/external-services/{id}/projects/{project_id}", {
    ...address,
    body,
  });
  invocation.output.note("Changed. Deploy the application again: it gets its variables then.");
  invocation.output.result(link, () => "");
};
