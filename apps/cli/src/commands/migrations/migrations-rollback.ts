import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findMigration } from "./find-migration.ts";
import { finishMigration } from "./finish-migration.ts";
import type { migrationsRollback } from "./index.ts";

export const run: RunOf<typeof migrationsRollback> = async (invocation) => {
  const { api, arguments: given, options, output, prompts } = invocation;
  const client = await api();
  const { id, source, target, links } = await findMigration(client, given);
  const from = printable(target.name ?? String(target.id));
  const to = printable(source.name ?? String(source.id));
  await prompts.confirm(
    `Move ${links.length} links back from ${from} to ${to}? What was written to ${from} stays there.`,
  );
  const params = { id: source.id, migration_id: id };
  const { body } = await client.call("post /api/external-services/{id}/migrations/{migration_id}/rollback", { params });
  if (options.noWait) {
    output.note("The links are being moved back. The job:");
    output.result(body.migration, () => `${body.job_id}\n`);
    return;
  }
  await finishMigration(invocation, client, { ...body.migration, job_id: body.job_id });
};
