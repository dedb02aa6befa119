import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findMigration } from "./find-migration.ts";
import type { migrationsReport } from "./index.ts";

export const run: RunOf<typeof migrationsReport> = async ({ api, arguments: given, output }) => {
  const { report, plan, state, id } = await findMigration(await api(), given);
  if (report === null && plan === null) {
    throw new CliError("Conflict", `The migration ${id} has no report yet: it is ${state}.`, {
      next: [`stave migrations watch ${given.service} ${id}`],
    });
  }
  const failed = (report?.failed_objects ?? []).map((entry) => ({ outcome: "failed", ...entry }));
  const left = (report ?? plan)?.not_carried.map((entry) => ({ outcome: "not carried", ...entry })) ?? [];
  for (const entry of [...failed, ...left]) {
    const { outcome, what, bucket, key, version_id, reason } = entry;
    const place = [bucket, key, version_id].filter((part) => part !== null).join("/");
    const words = [outcome, what, place, reason].filter((word) => word !== "");
    output.item(entry, () => `${words.map(printable).join("  ")}\n`);
  }
  if (failed.length + left.length === 0) output.note("Everything was carried.");
};
