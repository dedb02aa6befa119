import { chmodSync, closeSync, fsyncSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * Copies a control database of SQLite to a new file, durable and as it was at one moment, also while others use it. The key file is not
 * part of it: without that the copy opens no secret. Throws when `to` exists.
 */
export function copySqlite(file: string, to: string): void {
  closeSync(openSync(to, "wx", 0o600)); // with its mode before there is anything in it
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.prepare("vacuum into ?").run(to);
  } finally {
    database.close();
  }
  chmodSync(to, 0o600);
  const copy = openSync(to, "r");
  try {
    fsyncSync(copy);
  } finally {
    closeSync(copy);
  }
}
