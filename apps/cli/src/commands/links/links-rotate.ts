import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { finishJob } from "../services/finish-change.ts";
import { resolveService } from "../services/resolve-service.ts";
import { readLink, resolveLink } from "./find-link.ts";
import type { linksRotate } from "./index.ts";

type Invocation = Parameters<RunOf<typeof linksRotate>>[0];

export const run: RunOf<typeof linksRotate> = async (invocation) => {
  const { options, prompts, arguments: given } = invocation;
  const { project, environment, all, grace, noWait, id } = options;
  if (all === (project !== undefined)) {
    throw new CliError(
      "Usage",
      all ? "Expected --project or --all, not both." : "The required parameter --project is missing.",
    );
  }
  const client = await invocation.api();
  const body = grace === undefined ? {} : { grace_seconds: grace };
  if (grace === 0)
    await prompts.confirm("The old key is refused at once: whoever uses it fails until he has the new one.");
  if (project === undefined) return await rotateAll(invocation, client, body);
  const address = await resolveLink({ arguments: given, prompts, options: { id, project, environment } }, client);
  const route = "post /api/external-services/{id}/projects/{project_id}/rotate";
  const { body: begun } = await client.call(route, { ...address, body });
  await finishJob(invocation, client, {
    jobId: begun.job_id,
    noWait,
    show: () => readLink(client, address),
    done: ({ previous_key, needs_redeploy }) => {
      const old =
        previous_key === null ? "" : ` The old one works until ${previous_key.expires_at ?? "it is retired"}.`;
      return `It has a new key.${old}${needs_redeploy ? " Deploy the application again." : ""}`;
    },
    render: ({ access_key_id }) => `${printable(access_key_id ?? "")}\n`,
  });
};

async function rotateAll(
  invocation: Invocation,
  client: ApiClient,
  body: { readonly grace_seconds?: number },
): Promise<void> {
  const { output, options } = invocation;
  const id = await resolveService(invocation, client);
  const { body: begun } = await client.call("post /api/external-services/{id}/projects/rotate", {
    params: { id },
    body,
  });
  for (const { link_id, reason } of begun.skipped) output.warn(`${link_id} is not rotated: ${printable(reason)}`);
  if (options.noWait) {
    return output.result(begun, () => begun.jobs.map(({ job_id }) => `${printable(job_id)}\n`).join(""));
  }
  const failed: unknown[] = [];
  for (const { job_id } of begun.jobs) {
    await waitForJob(invocation, client, job_id).catch((error: unknown) => {
      if (!(error instanceof CliError) || error.code !== "Failed") throw error;
      output.warn(`${error.message} ${printable(error.why ?? "")}`);
      failed.push(error);
    });
  }
  output.note(`${begun.jobs.length - failed.length} of ${begun.jobs.length} links have a new key.`);
  output.result(begun, () => "");
  if (failed.length === 0) return;
  throw new CliError("Failed", `${failed.length} of ${begun.jobs.length} rotations have failed.`, {
    next: ["stave jobs list"],
  });
}
