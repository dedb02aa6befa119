import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { finishJob } from "../services/finish-change.ts";
import { readLink, resolveLink } from "./find-link.ts";
import type { servicesUnlink } from "./index.ts";

export const run: RunOf<typeof servicesUnlink> = async (invocation) => {
  const client = await invocation.api();
  const address = await resolveLink(invocation, client);
  const before = await readLink(client, address);
  const { body } = await client.call("delete /api/external-services/{id}/projects/{project_id}", address);
  await finishJob(invocation, client, {
    jobId: body.job_id,
    noWait: invocation.options.noWait,
    show: async () => ({ unlinked: before }),
    done:
      before.bucket === null
        ? "Unlinked."
        : `Unlinked: its key is refused now. The bucket ${printable(before.bucket)} stays, with all objects.`,
  });
};
