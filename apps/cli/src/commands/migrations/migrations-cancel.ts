import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { findMigration, readMigration } from "./find-migration.ts";
import type { migrationsCancel } from "./index.ts";

export const run: RunOf<typeof migrationsCancel> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const { id, source, job_id } = await findMigration(client, given);
  const params = { id: source.id, migration_id: id };
  const { body } = await client.call("post /api/external-services/{id}/migrations/{migration_id}/cancel", { params });
  if (options.noWait) {
    output.note("It is being called off. The job:");
    output.result(body, () => `${job_id}\n`);
    return;
  }
  // Its job ends as failed, which is what was wanted.
  await waitForJob(invocation, client, job_id).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.code !== "Failed") throw error;
  });
  const ended = await readMigration(client, { service: source.id, migration: id });
  if (ended.state !== "cancelled") {
    throw new CliError("Conflict", `It was too late: the migration is ${ended.state}.`, {
      next: [`stave migrations show ${given.service} ${id}`],
    });
  }
  output.note("It was called off; what it had copied is removed again.");
  output.result(ended, () => "");
};
