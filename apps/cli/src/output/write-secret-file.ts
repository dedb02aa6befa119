import { type FileHandle, open, rm } from "node:fs/promises";
import { CliError } from "../command/cli-error.ts";

const fileMode = 0o600;

/**
 * Makes a file that nobody else can read, and then what is to be in it: a secret that is shown once must not be lost because there is no room for
 * it. Leaves none behind when either fails. Throws `Conflict` for a file that is there.
 */
export async function writeSecretFile(file: string, render: () => Promise<string>): Promise<void> {
  const handle = await openNew(file);
  try {
    await handle.writeFile(await render());
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, "wx", fileMode);
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new CliError(isThere ? "Conflict" : "Failed", `Cannot write ${file}.`, {
      why: isThere ? "There is a file of this name already." : error instanceof Error ? error.message : String(error),
      next: ["Name another file. Nothing was made."],
      cause: error,
    });
  }
}
