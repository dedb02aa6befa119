import { DatabaseSync } from "node:sqlite";

/** Tables on disk for one piece of work: what a million objects need is not in memory. */
export type Scratch = { readonly database: DatabaseSync; close(): void };

const cacheKib = 16 * 1024;

/** A file without a name, in the directory for temporary files: when the process ends, however it does, it is gone. */
export function openScratch(schema: string): Scratch {
  const database = new DatabaseSync("");
  database.exec(`pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -${cacheKib};`);
  database.exec(schema);
  return { database, close: () => database.close() };
}
