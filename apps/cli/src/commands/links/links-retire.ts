import type { RunOf } from "../../command/define-command.ts";
import { finishJob } from "../services/finish-change.ts";
import { readLink, resolveLink } from "./find-link.ts";
import type { linksRetire } from "./index.ts";

export const run: RunOf<typeof linksRetire> = async (invocation) => {
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  const { body } = await client.call("post /api/external-services/{id}/projects/{project_id}/retire", address);
  await finishJob(invocation, client, {
    jobId: body.job_id,
    noWait: invocation.options.noWait,
    show: () => readLink(client, address),
    done: "The old key is refused now.",
  });
};
