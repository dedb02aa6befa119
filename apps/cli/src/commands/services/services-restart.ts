import { jobOf } from "../../api/job-of.ts";
import type { RunOf } from "../../command/define-command.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { finishChange } from "./finish-change.ts";
import type { servicesRestart } from "./index.ts";
import { resolveService } from "./resolve-service.ts";

export const run: RunOf<typeof servicesRestart> = async (invocation) => {
  const client = await invocation.api();
  const id = await resolveService(invocation, client);
  const stopped = await client.call("post /api/external-services/{id}/stop", { params: { id } });
  const job = jobOf(stopped);
  if (job !== undefined) await waitForJob(invocation, client, job);
  invocation.output.note("It is stopped.");
  const answer = await client.call("post /api/external-services/{id}/start", { params: { id } });
  await finishChange(invocation, client, { answer, id, noWait: false, done: "It runs again." });
};
