import { DatabaseSync } from "node:sqlite";
import { canaryName } from "./canary-setting.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { databaseTooNew, isKnownMigration } from "./migrate.ts";

export type SqliteInspection = {
  /** Of the vault whose key file belongs to it. */
  readonly canary: string | undefined;
};

/**
 * Reads all of a control database of SQLite and changes nothing, for a start: damage is better met there than in a request. Throws
 * `DatabaseUnusable` and `DatabaseTooNew`.
 */
export function inspectSqlite(file: string): SqliteInspection {
  try {
    const database = new DatabaseSync(file, { timeout: 10_000 });
    try {
      return inspect(file, database);
    } finally {
      database.close();
    }
  } catch (cause) {
    if (cause instanceof ControlDatabaseError) throw cause;
    throw damaged(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function inspect(file: string, database: DatabaseSync): SqliteInspection {
  const found = database.prepare("pragma quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw damaged(file, String(found));
  const names = new Set(
    database
      .prepare("select name from sqlite_schema")
      .all()
      .map(({ name }) => name),
  );
  if (!names.has("kysely_migration") || !names.has("setting")) return { canary: undefined }; // it was never finished
  const applied = database.prepare("select name from kysely_migration").all();
  if (!applied.every(({ name }) => isKnownMigration(String(name)))) throw databaseTooNew();
  const canary = database.prepare("select value from setting where name = ?").get(canaryName)?.value;
  return { canary: canary === undefined ? undefined : String(canary) };
}

function damaged(file: string, reason: string, cause?: unknown): ControlDatabaseError {
  const line = reason.replaceAll("\n", " ");
  return new ControlDatabaseError(
    "DatabaseUnusable",
    `The control database ${file} is damaged: ${line}. Restore it from a backup, with the key file that was saved with it.`,
    { cause },
  );
}
