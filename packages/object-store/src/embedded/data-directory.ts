import { chmod, mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store-error.ts";
import { recoverIndex } from "./checkpoint/recover-index.ts";
import { resetCommitGate } from "./commit-gate.ts";
import { syncDirectory } from "./directory-sync.ts";
import { codeOf, isMissing } from "./disk-error.ts";
import { excludeMembers } from "./members-lock.ts";
import { clearReserve, createReserve, withReserve } from "./reserve.ts";

/** The layout this version reads and writes. */
const format = 2;

const lockFile = "lock.sqlite";
const formatFile = "format.json";

/** What may be in a directory that is about to become ours: a first start that was cut off, and the root of a new disk. */
const harmlessNames: ReadonlySet<string> = new Set([
  lockFile,
  `${lockFile}-journal`,
  `${formatFile}.new`,
  "lost+found",
]);

const directories = ["index", "checkpoints", "segments", "blobs", "pins"];

export type LockOptions = {
  /** How long to wait for processes that an earlier owner has started. @default 10_000 */
  readonly waitMs?: number;
  /** Refuses a directory that is not one of ours yet, instead of setting it up. @default false */
  readonly mustExist?: boolean;
};

export interface DataDirectoryLock {
  /** Lets another process take the directory. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes a data directory for this process and the processes it starts, creating it (mode 0700) on first use.
 *
 * The kernel drops the lock when the process ends, however it ends: nothing has to be cleaned up by hand. After a crash or a
 * power cut, what was acknowledged is recovered here, before anybody opens a store. Take the lock first, in the parent of all
 * processes that open one; those must end when it does, and a new owner waits for that.
 *
 * Throws `DataDirectoryInUse` when another live process holds it, or its children do, `DataDirectoryUnusable` when it is not a
 * directory, not writable, damaged or holds something else, `UnsupportedFormat` when another version of the software wrote it.
 *
 * @example
 * const lock = await lockDataDirectory("/var/lib/stave");
 * const store = await openEmbeddedStore({ directory: "/var/lib/stave" });
 */
export async function lockDataDirectory(
  directory: string,
  { waitMs = 10_000, mustExist = false }: LockOptions = {},
): Promise<DataDirectoryLock> {
  try {
    if (mustExist) await checkFormat(directory);
    await makeDurableDirectory(directory);
    const isNew = !(await isOurs(directory));
    const reserve = createReserve(directory);
    const lock = await withReserve(reserve, async () => takeLock(directory));
    try {
      if (isNew) await writeFormat(directory);
      await checkFormat(directory);
      await withReserve(reserve, async () => {
        await makeLayout(directory);
        await recover(directory, waitMs);
      });
      await clearReserve(directory);
      await reserve.restore();
    } catch (error) {
      lock.close();
      throw error;
    }
    return {
      async release() {
        if (lock.isOpen) lock.close();
      },
    };
  } catch (error) {
    throw error instanceof StoreError ? error : unusable(directory, reasonOf(error), error);
  }
}

/** Throws `DataDirectoryUnusable` unless the directory was made by {@link lockDataDirectory}, `UnsupportedFormat` for others' layouts. */
export async function checkFormat(directory: string): Promise<void> {
  const found = await readFormat(directory);
  if (found !== format) throw unsupported(directory, found);
}

export async function makeLayout(directory: string): Promise<void> {
  for (const name of directories) await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
  await syncDirectory(directory);
}

/** The directories on the way may be new, too: each is an entry of the one above. */
export async function makeDurableDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  let path = resolve(directory);
  for (; path !== resolve(first); path = dirname(path)) await syncDirectory(dirname(path));
  await syncDirectory(dirname(path));
}

async function isOurs(directory: string): Promise<boolean> {
  const names = await readdir(directory);
  if (names.includes(formatFile)) return true;
  const foreign = names.find((name) => !harmlessNames.has(name));
  if (foreign === undefined) return false;
  throw unusable(directory, `it holds something else (${foreign}); choose an empty directory`);
}

/** Node has no flock; SQLite's exclusive lock is one that the kernel drops with the process. */
function takeLock(directory: string): DatabaseSync {
  const database = new DatabaseSync(join(directory, lockFile), { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    const sqliteBusy = 5;
    if (!(error instanceof Error && "errcode" in error && error.errcode === sqliteBusy)) throw error;
    throw inUse(directory, error);
  }
}

/** Comes before everything else in the directory, so that a first start that is cut off leaves nothing that looks foreign. */
export async function writeFormat(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  const written = join(directory, `${formatFile}.new`);
  const file = await open(written, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ format })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(written, join(directory, formatFile));
  await syncDirectory(directory);
}

async function readFormat(directory: string): Promise<unknown> {
  try {
    const content: unknown = JSON.parse(await readFile(join(directory, formatFile), "utf8"));
    return typeof content === "object" && content !== null && "format" in content ? content.format : undefined;
  } catch (error) {
    const reason = isMissing(error)
      ? "it is not a data directory"
      : error instanceof SyntaxError
        ? `its ${formatFile} is damaged: restore it from a backup`
        : reasonOf(error);
    throw unusable(directory, reason, error);
  }
}

/** Waits until the processes that an earlier owner has started are gone; they end by themselves when they notice. */
async function recover(directory: string, waitMs: number): Promise<void> {
  const alone = await excludeMembers(directory, waitMs);
  if (alone === undefined) throw inUse(directory);
  try {
    await resetCommitGate(directory);
    await recoverIndex(directory);
  } finally {
    alone.release();
  }
}

function inUse(directory: string, cause?: unknown): StoreError {
  return new StoreError(
    "DataDirectoryInUse",
    `Another process uses the data directory ${directory}: stop it, or choose another directory`,
    { cause },
  );
}

function unsupported(directory: string, found: unknown): StoreError {
  return new StoreError(
    "UnsupportedFormat",
    `The data directory ${directory} has format ${String(found)}, this version reads format ${format}: ` +
      "start the version that wrote it",
  );
}

function unusable(directory: string, reason: string, cause?: unknown): StoreError {
  return new StoreError("DataDirectoryUnusable", `The data directory ${directory} cannot be used: ${reason}`, {
    cause,
  });
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOTDIR":
    case "EEXIST":
      return "it is not a directory";
    case "EACCES":
    case "EPERM":
      return "this user may not write to it; change its owner";
    case "EROFS":
      return "its file system is read-only";
    case "ENOSPC":
      return "its file system is full";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
