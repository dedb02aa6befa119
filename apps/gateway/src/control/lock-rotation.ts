import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const sqliteBusy = 5;

/**
 * Taken while the key file is rewritten: of two rotations at once one would overwrite the key of the other, and with it all that was
 * sealed with that already. A transaction on an empty database, which the kernel ends with the process. Undefined when somebody has it.
 */
export function lockRotation(dataDirectory: string): { release(): void } | undefined {
  const database = new DatabaseSync(join(dataDirectory, "rotation.sqlite"), { timeout: 0 });
  try {
    database.exec("begin exclusive");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return undefined;
    throw error;
  }
}
