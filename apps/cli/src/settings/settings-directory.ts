import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CliError } from "../command/cli-error.ts";
import { printable } from "../output/printable.ts";

const directoryMode = 0o700;
const fileMode = 0o600;

export function settingsDirectory(environment: NodeJS.ProcessEnv): string {
  const { STAVE_CONFIG_DIR: named } = environment;
  return named === undefined || named === "" ? join(homedir(), ".stave") : named;
}

/** A file with secrets, or undefined when it is not there. Throws `Usage` when others can read it. */
export async function readSecretFile(file: string): Promise<string | undefined> {
  let mode: number;
  try {
    ({ mode } = await stat(file));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CliError("Failed", `Cannot read ${printable(file)}.`, { cause: error, why: String(error) });
  }
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new CliError("Usage", `Others can read ${printable(file)}, which holds secrets.`, {
      why: `Its mode is ${(mode & 0o777).toString(8)}; only 600 is used.`,
      next: [`chmod 600 ${file}`, "and make a new token: this one may be known"],
    });
  }
  return await readFile(file, "utf8");
}

/** Replaces the file at once: after a crash it is the old or the new one. */
export async function writeSecretFile(directory: string, name: string, text: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: directoryMode });
  await chmod(directory, directoryMode);
  const temporary = join(directory, `.${name}.${process.pid}`);
  try {
    const file = await open(temporary, "wx", fileMode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new CliError("Failed", `Cannot write ${printable(join(directory, name))}.`, {
      cause: error,
      why: String(error),
    });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
