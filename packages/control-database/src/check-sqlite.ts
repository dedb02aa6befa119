import { DatabaseSync } from "node:sqlite";
import { ControlDatabaseError } from "./control-database-error.ts";

/**
 * Reads all of a control database of SQLite, for a start: damage is better met there than in a request. Throws `DatabaseUnusable`. Changes
 * nothing.
 */
export function checkSqlite(file: string): void {
  let found: unknown;
  try {
    const database = new DatabaseSync(file, { timeout: 10_000 });
    try {
      found = database.prepare("pragma quick_check(1)").get()?.quick_check;
    } finally {
      database.close();
    }
  } catch (cause) {
    throw damaged(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (found !== "ok") throw damaged(file, String(found));
}

function damaged(file: string, reason: string, cause?: unknown): ControlDatabaseError {
  return new ControlDatabaseError(
    "DatabaseUnusable",
    `The control database ${file} is damaged: ${reason.replaceAll("\n", " ")}. Restore it from a backup, with the key file that was saved with it.`,
    { cause },
  );
}
