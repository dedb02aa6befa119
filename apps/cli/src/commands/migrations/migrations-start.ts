import type { ApiClient } from "../../api/api-client.ts";
import { findService } from "../../api/find-service.ts";
import { idempotencyHeader } from "../../api/idempotency-header.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf, ValuesOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { readPairs, readParameterSchema } from "../services/read-parameters.ts";
import { readMigration } from "./find-migration.ts";
import { finishMigration } from "./finish-migration.ts";
import { formatMigrationPlan } from "./format-migration-plan.ts";
import type { migrationsStart } from "./index.ts";
import { removeTrial } from "./remove-trial.ts";

type Options = ValuesOf<(typeof migrationsStart)["options"]>;

export const run: RunOf<typeof migrationsStart> = async (invocation) => {
  const { api, arguments: given, options, output, prompts } = invocation;
  if ((options.to === undefined) === (options.toNew === undefined)) {
    throw new CliError("Usage", "Expected --to SERVICE or --to-new NAME.", {
      next: [`stave migrations start ${given.service} --to-new NAME --dry-run`],
    });
  }
  if (options.dryRun && options.noWait) {
    throw new CliError("Usage", "--dry-run shows what it has found: it waits.");
  }
  const client = await api();
  const source = await findService(client, given.service);
  const body = { target: await readTarget(client, options), options: readOptions(options) };
  const to = options.to ?? options.toNew ?? "";
  if (!options.dryRun) {
    await prompts.confirm(
      `Carry ${printable(source.name)} to ${printable(to)}, move its links there, and leave it read-only?`,
    );
  }
  const headers = idempotencyHeader(options.idempotencyKey);
  const params = { id: source.id };
  const begun = await client.call("post /api/external-services/{id}/migrate", { params, body, headers });
  const { job_id: job, migration } = begun.body;
  if (options.noWait) {
    output.note(`The migration ${migration.id} has begun. Its job:`);
    output.result(migration, () => `${job}\n`);
    return;
  }
  if (!options.dryRun) {
    await finishMigration(invocation, client, migration);
    return;
  }
  try {
    await waitForJob(invocation, client, job);
  } finally {
    if (options.toNew !== undefined) await removeTrial(invocation, client, migration.target);
  }
  const planned = await readMigration(client, { service: source.id, migration: migration.id });
  const { plan } = planned;
  output.result(planned, () => (plan === null ? "" : formatMigrationPlan(plan)));
};

async function readTarget(client: ApiClient, { to, toNew, engine, set }: Options) {
  if (to !== undefined) return { service_id: (await findService(client, to)).id };
  const parameters = set.length === 0 ? {} : readPairs(set, await readParameterSchema(client, engine), engine);
  return { name: toNew ?? "", engine, parameters };
}

function readOptions(options: Options) {
  return {
    dry_run: options.dryRun,
    versions: !options.noVersions,
    settings: !options.noSettings,
    verify: options.verify,
    allow_failed: options.allowFailed,
    use_service_credentials: options.useServiceCredentials,
    bucket_names: Object.fromEntries(options.rename),
    ...(options.bandwidth !== undefined && { bandwidth: options.bandwidth }),
  };
}
