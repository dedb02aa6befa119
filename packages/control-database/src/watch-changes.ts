import { DatabaseSync } from "node:sqlite";

/** Tells, cheaply enough to be asked for every request, whether a database may have changed. */
export interface ChangeWatch {
  /** True when anything was committed since this was last asked, by whatever process. */
  hasChanged(): boolean;
  close(): void;
}

/**
 * Watches a database of SQLite through a connection of its own: `data_version` moves with the commits of all others, and is
 * read from shared memory, in about a microsecond. https://www.sqlite.org/pragma.html#pragma_data_version
 */
export function watchSqlite(file: string): ChangeWatch {
  const database = new DatabaseSync(file, { readOnly: true });
  const statement = database.prepare("pragma data_version");
  const read = () => statement.get()?.data_version;
  let seen = read();
  return {
    hasChanged() {
      const version = read();
      if (version === seen) return false;
      seen = version;
      return true;
    },
    close: () => database.close(),
  };
}
