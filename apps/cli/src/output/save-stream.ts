import { createWriteStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CliError } from "../command/cli-error.ts";
import type { Output } from "./output.ts";

type SaveOptions = {
  /** `-` is stdout. */
  readonly file: string;
  /** One that is there is replaced. */
  readonly isReplaced: boolean;
  readonly output: Pick<Output, "raw">;
  readonly signal: AbortSignal;
  /** What is said when the stream breaks off. */
  readonly broken: (error: unknown) => Error;
  /** Of each chunk. */
  readonly onBytes?: (count: number) => void;
};

/**
 * Writes a stream, which is begun when there is a place for it, to stdout or to a file that nobody else can read. The file
 * gets its name when all of it is there: what breaks off leaves nothing.
 */
export async function saveStream(
  begin: () => Promise<Readable>,
  { file, isReplaced, output, signal, broken, onBytes = () => {} }: SaveOptions,
): Promise<{ readonly sizeBytes: number }> {
  let sizeBytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      sizeBytes += chunk.length;
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  if (file === "-") {
    await pipeline(await begin(), counting, output.raw, { signal, end: false }).catch((error: unknown) => {
      throw error instanceof CliError ? error : broken(error);
    });
    return { sizeBytes };
  }
  if (!isReplaced) await refuseExisting(file);
  const bytes = await begin();
  const part = `${file}.part`;
  try {
    // What an earlier call that was killed has left.
    await rm(part, { force: true });
    await pipeline(bytes, counting, createWriteStream(part, { flags: "wx", mode: 0o600 }), { signal });
    await sync(part);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof CliError) throw error;
    throw isOfFiles(error)
      ? new CliError("Failed", `Cannot write ${file}.`, { why: error.message, cause: error })
      : broken(error);
  }
  return { sizeBytes };
}

async function refuseExisting(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new CliError("Conflict", `${file} is there already.`, { next: ["name another file, or remove this one"] });
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const fileErrors = new Set(
  "EACCES EDQUOT EEXIST EFBIG EIO EISDIR EMFILE ENAMETOOLONG ENOENT ENOSPC ENOTDIR EPERM EROFS".split(" "),
);

function isOfFiles(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && fileErrors.has(String(error.code));
}
