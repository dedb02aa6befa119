import { jobOf } from "../../api/job-of.ts";
import { confirmLoss } from "../../command/confirm-loss.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatBytes } from "../../output/format-values.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import type { backupsDelete } from "./index.ts";

export const run: RunOf<typeof backupsDelete> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const params = { id: given.backup };
  const { data } = (await client.call("get /api/backups/{id}", { params })).body;
  const goOn = await confirmLoss(invocation, {
    shown: {
      Backup: data.id,
      Service: data.service.name,
      Created: data.createdAt,
      State: data.state,
      Objects: data.objects,
      Size: formatBytes(data.sizeBytes),
    },
    data,
    question: "The backup is deleted.",
    name: data.service.name,
    isForced: options.force,
    isDryRun: options.dryRun,
  });
  if (!goOn) return;
  const query = { forget: options.forget ? ("true" as const) : ("false" as const) };
  const answer = await client.call("delete /api/backups/{id}", { params, query });
  const job = jobOf(answer);
  if (options.noWait) {
    output.note("It is being deleted. The job:");
    output.result({ ...answer.body.data, job }, () => `${job}\n`);
    return;
  }
  await waitForJob(invocation, client, job);
  output.note(`Deleted the backup ${data.id}.`);
  output.result({ id: data.id }, () => "");
};
