import { closeSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** Tells, cheaply enough to be asked for every request, how much has changed of what requests are decided by. */
export interface RevisionWatch {
  /** Another number than before when something was committed meanwhile, by whatever process. Throws when the file cannot be read. */
  revision(): number;
  close(): void;
}

/** The header of the WAL index: it counts the commits, and has the checksum of the last one. https://www.sqlite.org/walformat.html */
const headerBytes = 48;

/**
 * Watches the revision of a control database of SQLite, for less than a microsecond a look: every commit of any process changes the header
 * of the WAL index, which is a file that all of them share. Only when it has changed the revision itself is read. (`pragma data_version`
 * says the same for four times as much.)
 */
export function watchRevision(file: string): RevisionWatch {
  const database = new DatabaseSync(file, { readOnly: true });
  const statement = database.prepare("select value from revision where id = 1");
  let value = Number(statement.get()?.value); // with this the index is there, and stays while we have the database open
  const index = openSync(`${file}-shm`, "r");
  const header = new BigUint64Array(headerBytes / 8);
  const seen = new BigUint64Array(headerBytes / 8); // of no index: the revision is read once more, now that its header can be

  return {
    revision() {
      const isWhole = readSync(index, header, 0, headerBytes, 0) === headerBytes;
      if (isWhole && isSame(header, seen)) return value;
      seen.fill(0n); // what cannot be read now is read again
      value = Number(statement.get()?.value);
      seen.set(header);
      return value;
    },
    close() {
      closeSync(index);
      database.close();
    },
  };
}

function isSame(one: BigUint64Array, other: BigUint64Array): boolean {
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
