import type { ApiClient } from "../../api/api-client.ts";
import type { Invocation } from "../../command/invocation.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { type Migration, readMigration } from "./find-migration.ts";

/** Until a migration has ended, and says how. Throws `Failed` when it has failed. */
export async function finishMigration(
  invocation: Pick<Invocation<unknown, unknown>, "output" | "signal">,
  client: ApiClient,
  { id, source, job_id }: Migration,
): Promise<void> {
  await waitForJob(invocation, client, job_id);
  const { output } = invocation;
  const ended = await readMigration(client, { service: source.id, migration: id });
  const { report, state, target, links } = ended;
  const name = printable(ended.source.name ?? String(source.id));
  const carried = report === null ? "" : `: ${report.objects} objects, ${formatBytes(report.bytes)}`;
  output.note(
    state === "rolled_back"
      ? `The links are back at ${name}. The migration:`
      : `${name} is ${state === "completed" ? `at ${printable(target.name ?? String(target.id))} now` : state}${carried}. The migration:`,
  );
  for (const warning of report?.warnings ?? []) output.warn(printable(warning));
  const left = (report?.failed ?? 0) + (report?.not_carried.length ?? 0);
  if (left > 0 && state === "completed")
    output.note(`What was not carried: stave migrations report ${source.id} ${id}`);
  const stale = links.filter(({ needs_redeploy }) => needs_redeploy);
  for (const { project_id, environment } of stale) {
    output.note(`Redeploy the project ${printable(project_id)} (${printable(environment)}): it has new variables.`);
  }
  output.result(ended, () => `${id}\n`);
}
