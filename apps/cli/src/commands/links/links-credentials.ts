import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { resolveLink } from "./find-link.ts";
import type { linksCredentials } from "./index.ts";

export const run: RunOf<typeof linksCredentials> = async (invocation) => {
  const { options, output } = invocation;
  if (!options.reveal) {
    throw new CliError("Usage", "All it does is to show secrets: it needs --reveal.", {
      next: ["stave services env my-storage --project my-app, which masks them"],
    });
  }
  const client = await invocation.api();
  const { params, query } = await resolveLink(invocation, client);
  const { body } = await client.call(
    "post /api/external-services/{id}/projects/{project_id}/environments/{environment}/runtime-credentials",
    { params: { ...params, ...query } },
  );
  output.result(body, () => `${JSON.stringify(body.variables, null, 2)}\n`);
};
