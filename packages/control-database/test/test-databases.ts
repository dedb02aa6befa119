import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import type { ControlDatabaseOptions } from "../src/index.ts";
import { findPostgres, type Postgres, startPostgres } from "./start-postgres.ts";

const bin = findPostgres();

/** For `describe.each`: what every query is tested against, and whether it is there. */
export const databaseKinds = [
  ["SQLite", true],
  ["PostgreSQL", bin !== undefined],
] as const;

/** Empty databases of a kind, one for each test. To be called where tests are described: it starts and stops the server. */
export function useDatabases(kind: (typeof databaseKinds)[number][0]) {
  let postgres: Postgres | undefined;
  let count = 0;
  beforeAll(async () => {
    if (kind === "PostgreSQL" && bin !== undefined) postgres = await startPostgres(bin);
  }, 60_000);
  afterAll(async () => {
    await postgres?.stop();
  });
  return {
    /** A database that nobody has opened, and a folder, which `remove` removes. */
    async create(): Promise<{
      readonly at: ControlDatabaseOptions["at"];
      readonly folder: string;
      remove(): Promise<void>;
    }> {
      count += 1;
      const folder = await mkdtemp(join(tmpdir(), "stave-control-"));
      const remove = () => rm(folder, { recursive: true });
      if (postgres === undefined) return { at: { file: join(folder, "control.sqlite") }, folder, remove };
      await runPostgres(postgres.url, `create database test${count}`);
      return { at: { postgres: postgres.url.replace("/postgres?", `/test${count}?`) }, folder, remove };
    },
  };
}

/** One statement, past everything that this package makes sure of. */
export async function runPostgres(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
