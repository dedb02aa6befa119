import type { RunOf } from "../../command/define-command.ts";
import type { jobsWatch } from "./index.ts";
import { waitForJob } from "./wait-for-job.ts";

export const run: RunOf<typeof jobsWatch> = async (invocation) => {
  const { api, arguments: given, output } = invocation;
  const job = await waitForJob(invocation, await api(), given.id);
  output.note("It is completed.");
  output.result(job, () => "");
};
