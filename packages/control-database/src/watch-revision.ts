import { DatabaseSync } from "node:sqlite";

/** Tells, cheaply enough to be asked for every request, how much has changed of what requests are decided by. */
export interface RevisionWatch {
  /** Another number than before when something was committed meanwhile, by whatever process. Throws when the file cannot be read. */
  revision(): number;
  close(): void;
}

/**
 * Watches the revision of a control database of SQLite through a connection of its own, in about a microsecond: `data_version` moves
 * with every commit of any other connection and is read from shared memory; only then the revision itself is read.
 * https://www.sqlite.org/pragma.html#pragma_data_version
 */
export function watchRevision(file: string): RevisionWatch {
  const database = new DatabaseSync(file, { readOnly: true });
  const version = database.prepare("pragma data_version");
  const revision = database.prepare("select value from revision where id = 1");
  let seen: unknown;
  let value = 0;
  return {
    revision() {
      const current = version.get()?.data_version;
      if (current === seen) return value;
      value = Number(revision.get()?.value);
      seen = current; // last: what could not be read is read again
      return value;
    },
    close: () => database.close(),
  };
}
