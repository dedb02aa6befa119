import { jobOf } from "../../api/job-of.ts";
import type { RunOf } from "../../command/define-command.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import type { backupsVerify } from "./index.ts";

export const run: RunOf<typeof backupsVerify> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const params = { id: given.backup };
  const client = await api();
  const answer = await client.call("post /api/backups/{id}/verify", { params });
  const job = jobOf(answer);
  if (options.noWait) {
    output.note("It is being verified. The job:");
    output.result({ ...answer.body.data, job }, () => `${job}\n`);
    return;
  }
  // A backup that is damaged ends its job as failed, with what is damaged.
  await waitForJob(invocation, client, job);
  const { data } = (await client.call("get /api/backups/{id}", { params })).body;
  output.note(`The backup is good: all of its ${data.objects} objects are as they should be.`);
  output.result(data, () => "");
};
