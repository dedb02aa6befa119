import type { ApiClient } from "../../api/api-client.ts";
import { jobOf } from "../../api/job-of.ts";
import { CliError } from "../../command/cli-error.ts";
import type { Invocation } from "../../command/invocation.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import type { Migration } from "./find-migration.ts";

/** The API makes the new service that a plan is tried out in. It goes again: nothing was to be changed. What has buckets stays. */
export async function removeTrial(
  invocation: Pick<Invocation<unknown, unknown>, "output" | "signal">,
  client: ApiClient,
  { id, name }: Migration["target"],
): Promise<void> {
  try {
    const answer = await client.call("delete /api/external-services/{id}", { params: { id }, query: {} });
    const job = jobOf(answer);
    if (job !== undefined) await waitForJob(invocation, client, job);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const service = printable(name ?? String(id));
    invocation.output.warn(
      `The service ${service} was made to try it out, and is still there: ${printable(error.message)} Remove it with: stave services remove --id ${id}`,
    );
  }
}
