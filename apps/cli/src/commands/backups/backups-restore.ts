import type { ApiClient } from "../../api/api-client.ts";
import { idempotencyHeader } from "../../api/idempotency-header.ts";
import { jobOf } from "../../api/job-of.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf, ValuesOf } from "../../command/define-command.ts";
import { formatBytes } from "../../output/format-values.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { formatRestorePlan } from "./format-restore-plan.ts";
import type { backupsRestore } from "./index.ts";

/** First the plan, then the name typed, then the restore. */
export const run: RunOf<typeof backupsRestore> = async (invocation) => {
  const { api, arguments: given, options, globals, output, prompts } = invocation;
  const to = readTarget(options, given.backup);
  const client = await api();
  const params = { id: given.backup };
  const { bucketSuffix } = to;
  const asked = to.mode === "in_place" ? ({ mode: "in_place" } as const) : { mode: to.mode, bucketSuffix };
  const { data: plan } = (await client.call("post /api/backups/{id}/restore-plan", { params, body: asked })).body;
  if (options.dryRun) {
    output.result(plan, () => formatRestorePlan(plan));
    return;
  }
  if (!globals.isJson) output.note(formatRestorePlan(plan).trimEnd());
  if (plan.blockers.length > 0) {
    throw new CliError("Conflict", "It cannot be restored so.", {
      why: plan.blockers.join("; "),
      next: [`stave backups restore ${given.backup} --to-new NAME --suffix=-restored`],
    });
  }
  const name = to.mode === "in_place" ? await nameOfService(client, given.backup) : to.name;
  if (!options.force) await prompts.confirmByName(`It is restored to ${printable(name)}.`, name);
  const answer = await client.call("post /api/backups/{id}/restore", {
    params,
    body: to.mode === "in_place" ? { mode: "in_place", confirm: name } : { mode: to.mode, name, bucketSuffix },
    headers: idempotencyHeader(options.idempotencyKey),
  });
  const job = jobOf(answer);
  const { id } = answer.body.data;
  if (options.noWait) {
    output.note(`The restore ${id} to ${printable(name)} is under way. Its job:`);
    output.result(answer.body.data, () => `${job}\n`);
    return;
  }
  await waitForJob(invocation, client, job);
  const { data } = (await client.call("get /api/backups/restores/{id}", { params: { id } })).body;
  output.note(
    `Restored to ${printable(name)}: ${data.written} objects written (${formatBytes(data.writtenBytes)}), ${data.unchanged} unchanged, ${data.deleted} deleted, ${data.verified} compared. The service:`,
  );
  output.result(data, () => `${data.serviceId}\n`);
};

function readTarget({ inPlace, toNew, suffix }: ValuesOf<(typeof backupsRestore)["options"]>, id: string) {
  if (inPlace === (toNew !== undefined)) {
    throw new CliError("Usage", "Expected --in-place or --to-new NAME.", {
      next: [`stave backups restore ${id} --in-place --dry-run`, `stave backups restore ${id} --to-new NAME`],
    });
  }
  if (toNew !== undefined) return { mode: "new_service" as const, name: toNew, bucketSuffix: suffix };
  if (suffix !== undefined) throw new CliError("Usage", "--suffix is for --to-new: in place, names stay.");
  return { mode: "in_place" as const, bucketSuffix: undefined };
}

/** As it is called now, which need not be what it was called then. */
async function nameOfService({ call }: ApiClient, backup: string): Promise<string> {
  const { data } = (await call("get /api/backups/{id}", { params: { id: backup } })).body;
  const { body } = await call("get /api/external-services/{id}", { params: { id: data.serviceId } });
  return body.service.name;
}
