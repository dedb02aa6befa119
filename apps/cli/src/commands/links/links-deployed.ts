import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { readLink, resolveLink } from "./find-link.ts";
import type { linksDeployed } from "./index.ts";

export const run: RunOf<typeof linksDeployed> = async (invocation) => {
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  const revision = invocation.options.revision ?? (await readLink(client, address)).revision;
  if (revision === null) throw new CliError("Conflict", "The link has no variables yet.");
  const route = "post /api/external-services/{id}/projects/{project_id}/deployed";
  const { body } = await client.call(route, { ...address, body: { revision } });
  invocation.output.note(
    body.needs_redeploy ? "Noted; but there are newer variables." : "Noted: it runs with its variables as they are.",
  );
  invocation.output.result(body, () => "");
};
