import { type FileHandle, open, rm } from "node:fs/promises";
import { CliError } from "../command/cli-error.ts";

/**
 * Makes a secret, and writes it to a new file that nobody else can read. The file comes first: a secret that is shown
 * once must not be lost because there is no room for it.
 */
export async function intoSecretFile<Made>(
  file: string,
  make: () => Promise<{ readonly secret: string; readonly made: Made }>,
): Promise<Made> {
  const handle = await create(file);
  let isWritten = false;
  try {
    const { secret, made } = await make();
    await write(handle, secret);
    isWritten = true;
    return made;
  } finally {
    await handle.close();
    if (!isWritten) await rm(file, { force: true });
  }
}

async function create(file: string): Promise<FileHandle> {
  try {
    return await open(file, "wx", 0o600);
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new CliError(isThere ? "Conflict" : "Failed", `Cannot write ${file}.`, {
      why: isThere ? "It is there already." : String(error),
      cause: error,
    });
  }
}

async function write(handle: FileHandle, secret: string): Promise<void> {
  try {
    await handle.writeFile(`${secret}\n`);
    await handle.sync();
  } catch (error) {
    const why = `${String(error)}. It was made, and nobody has it: take it away again, and make another one.`;
    throw new CliError("Failed", "The secret could not be written.", { why, cause: error });
  }
}
