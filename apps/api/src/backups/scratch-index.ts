import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Tables on disk for one piece of work: what a million objects need is not in memory. */
export type Scratch = { readonly database: DatabaseSync; close(): Promise<void> };

export async function openScratch(schema: string): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), "stave-backups-"));
  const database = new DatabaseSync(join(folder, "scratch.sqlite"));
  // Nobody needs it after a crash.
  database.exec("pragma journal_mode = off; pragma synchronous = off; pragma temp_store = file;");
  database.exec(schema);
  return {
    database,
    async close() {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
