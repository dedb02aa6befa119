import type { ApiClient } from "../../api/api-client.ts";
import { jobOf } from "../../api/job-of.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import type { Output } from "../../output/output.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { describeGoing, findGoing, type Going, type RemoveQuery } from "./describe-going.ts";
import type { servicesRemove } from "./index.ts";
import { resolveService } from "./resolve-service.ts";

type Invocation = Parameters<RunOf<typeof servicesRemove>>[0];

/** What would go is looked at first, whatever is said: so it is known what has gone. */
export const run: RunOf<typeof servicesRemove> = async (invocation) => {
  const { api, options, output, prompts } = invocation;
  const client = await api();
  const id = await resolveService(invocation, client);
  const query = readQuery(options);
  const going = await findGoing(client, id, query);
  const about = describeGoing(going, { withBackups: options.withBackups });
  if (options.dryRun) return showPlan(output, going, about);
  if (going.blockers.length > 0) throw refused(going);
  if (!options.force) {
    output.note(`This goes for good:\n${about.trimEnd()}`);
    await prompts.confirmByName("It cannot be taken back.", going.service.name);
  }
  const answer = await client.call("delete /api/external-services/{id}", { params: { id }, query });
  await finish(invocation, client, going, jobOf(answer));
};

function readQuery({ force, withObjects, withBackups, volume }: Invocation["options"]): RemoveQuery {
  return {
    force: force || withObjects ? "true" : "false",
    backups: withBackups ? "delete" : "keep",
    ...(volume !== undefined && { volume }),
  };
}

function showPlan(output: Output, going: Going, about: string): void {
  const { blockers } = going;
  if (blockers.length > 0) output.warn(`It would be refused: ${blockers.map(printable).join(" ")}`);
  else output.note("This would go for good; nothing was changed:");
  output.result(going, () => about);
}

function refused({ blockers, service, buckets, links }: Going): CliError {
  const { id, name } = service;
  const hasObjects = buckets.some(({ is_empty }) => !is_empty);
  const [first] = links;
  return new CliError("Conflict", `The service ${name} is not removed.`, {
    why: blockers.join(" "),
    serverCode: "CONFLICT",
    next: [
      ...(first === undefined ? [] : [unlinking(id, first)]),
      ...(hasObjects && first === undefined ? [`stave services remove --id ${id} --with-objects`] : []),
      `stave services remove --id ${id} --dry-run`,
    ],
  });
}

function unlinking(id: number, { project, environment }: Going["links"][number]): string {
  const where = environment === "production" ? "" : ` --environment ${environment}`;
  return `stave services unlink --id ${id} --project ${project}${where}`;
}

async function finish(invocation: Invocation, client: ApiClient, going: Going, job: string | undefined): Promise<void> {
  const { output, options } = invocation;
  if (job !== undefined && options.noWait) {
    output.note(`It goes on. Wait for it with: stave jobs watch ${printable(job)}`);
    return output.result({ job }, () => `${printable(job)}\n`);
  }
  if (job !== undefined) await waitForJob(invocation, client, job);
  output.note(`Removed the service ${printable(going.service.name)}.`);
  output.result({ removed: going }, () => "");
}
