import type { RunOf } from "../../command/define-command.ts";
import { findMigration } from "./find-migration.ts";
import { finishMigration } from "./finish-migration.ts";
import type { migrationsWatch } from "./index.ts";

export const run: RunOf<typeof migrationsWatch> = async (invocation) => {
  const client = await invocation.api();
  await finishMigration(invocation, client, await findMigration(client, invocation.arguments));
};
