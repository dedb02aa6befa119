import { findService } from "../../api/find-service.ts";
import { jobOf } from "../../api/job-of.ts";
import { listAll } from "../../api/list-all.ts";
import { confirmLoss } from "../../command/confirm-loss.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatBytes } from "../../output/format-values.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { beyondNewest } from "./beyond-newest.ts";
import type { backupsPrune } from "./index.ts";

export const run: RunOf<typeof backupsPrune> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const { id: service, name } = await findService(client, given.service);
  const backups = await listAll((query) => client.call("get /api/backups", { query: { ...query, service } }));
  const old = beyondNewest(backups, options.keep);
  if (old.length === 0) {
    output.note(`There is nothing to delete: ${backups.length} backups.`);
    output.result([], () => "");
    return;
  }
  const goOn = await confirmLoss(invocation, {
    shown: {
      Service: name,
      Backups: `${old.length} of ${backups.length}`,
      Size: formatBytes(old.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)),
      Oldest: old.at(-1)?.createdAt ?? null,
      Newest: old[0]?.createdAt ?? null,
    },
    data: old,
    question: "These backups are deleted.",
    name,
    isForced: options.force,
    isDryRun: options.dryRun,
  });
  if (!goOn) return;
  // The oldest first, and one after the other: whoever ends it early has lost the least.
  for (const { id } of old.toReversed()) {
    const answer = await client.call("delete /api/backups/{id}", { params: { id } });
    await waitForJob(invocation, client, jobOf(answer));
    output.note(`Deleted the backup ${id}.`);
  }
  output.result(
    old.map(({ id }) => ({ id })),
    () => "",
  );
};
