import { type FileHandle, open, realpath, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { CliError } from "../command/cli-error.ts";
import type { Redactor } from "./redact.ts";

/** Where secrets go instead of into answers. */
export type SecretFiles = {
  /**
   * Makes the file, then what belongs into it. When that fails, the file is gone again. Throws `Usage` for a path that leads out of the directory, and
   * `Conflict` for a file that is there.
   */
  write<Made>(path: string, make: () => Promise<Content<Made>>): Promise<Made>;
};

type Content<Made> = {
  readonly text: string;
  readonly secrets: readonly string[];
  readonly made: Made;
  /** When the text cannot be kept. */
  readonly undo?: () => Promise<void>;
};

export function createSecretFiles(directory: string, { keep }: Pick<Redactor, "keep">): SecretFiles {
  return {
    async write(path, make) {
      const target = await resolveInside(directory, path);
      const file = await create(target, path);
      try {
        const { text, secrets, made, undo } = await make();
        for (const secret of secrets) keep(secret);
        await keepText(file, text).catch(async (cause: unknown) => {
          await undo?.();
          throw new CliError("Failed", `The file ${path} cannot be written.`, { cause });
        });
        return made;
      } catch (error) {
        await rm(target, { force: true });
        throw error;
      } finally {
        await file.close();
      }
    },
  };
}

async function keepText(file: FileHandle, text: string): Promise<void> {
  await file.writeFile(text);
  await file.sync();
}

/** Links on the way are followed before it is looked where the path ends. */
async function resolveInside(directory: string, path: string): Promise<string> {
  const root = await realpath(directory);
  const wanted = resolve(root, path);
  const name = basename(wanted);
  if (path.includes("\0") || isAbsolute(path) || /[\\/]$/.test(path) || !isInside(root, wanted)) throw outside();
  const parent = await realpath(dirname(wanted)).catch((cause: unknown) => {
    throw new CliError("Usage", "The directory of the file is not there.", { cause });
  });
  if (parent !== root && !isInside(root, parent)) throw outside();
  return join(parent, name);
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(): CliError {
  return new CliError("Usage", "The file is not below the directory that the server was started in.", {
    next: ["Name a relative path without `..`, such as .env.storage"],
  });
}

/** `wx`: neither an existing file nor a link at its place is written through. */
async function create(target: string, path: string): Promise<FileHandle> {
  try {
    return await open(target, "wx", 0o600);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") {
      throw new CliError("Conflict", `There is a file ${path} already.`, {
        cause,
        next: ["Name another file, or ask the person to remove that one."],
      });
    }
    throw new CliError("Failed", `The file ${path} cannot be made.`, { cause });
  }
}
