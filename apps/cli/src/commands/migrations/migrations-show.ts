import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import { findMigration } from "./find-migration.ts";
import type { migrationsShow } from "./index.ts";

export const run: RunOf<typeof migrationsShow> = async ({ api, arguments: given, output }) => {
  const migration = await findMigration(await api(), given);
  const { source, target, plan, report, links, problem } = migration;
  const stale = links.filter(({ needs_redeploy }) => needs_redeploy);
  output.result(migration, () =>
    formatProperties({
      ID: migration.id,
      From: `${source.name ?? "gone"} (${source.id})`,
      To: `${target.name ?? "gone"} (${target.id})`,
      State: migration.is_cancelled && migration.finished_at === null ? "is being called off" : migration.state,
      ...(problem !== null && { Problem: `${problem.code}: ${problem.detail}` }),
      ...(plan !== null && { Planned: `${plan.objects} objects, ${formatBytes(plan.bytes)}` }),
      ...(plan !== null && plan.blockers.length > 0 && { Blocked: plan.blockers.join("; ") }),
      ...(report !== null && {
        Carried: `${report.objects} objects, ${formatBytes(report.bytes)}`,
        Compared: report.verified,
        Failed: report.failed,
        "Not carried": report.not_carried.length,
      }),
      Links: links.length,
      Redeploy: stale.length === 0 ? null : stale.map((link) => `${link.project_id} (${link.environment})`).join(", "),
      Job: migration.job_id,
      By: migration.actor,
      Created: migration.created_at,
      Finished: migration.finished_at,
    }),
  );
};
