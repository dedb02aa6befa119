import type { RunOf } from "../../command/define-command.ts";
import { finishJob } from "../services/finish-change.ts";
import { readLink, resolveLink } from "./find-link.ts";
import { formatSinks } from "./format-link.ts";
import type { sinksRender } from "./index.ts";

export const run: RunOf<typeof sinksRender> = async (invocation) => {
  const { output, now } = invocation;
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  const { body } = await client.call("post /api/external-services/{id}/projects/{project_id}/render", address);
  await finishJob(invocation, client, {
    jobId: body.job_id,
    noWait: invocation.options.noWait,
    show: () => readLink(client, address),
    done: ({ sinks }) => (sinks.length === 0 ? "There are no sinks." : "They were written."),
    render: ({ sinks }) =>
      sinks.length === 0 ? "" : formatSinks(sinks, { now: now(), isAbsolute: output.isAbsolute }),
  });
};
