import { constants } from "node:os";
import { StoreError } from "../store-error.ts";

// What lmdb reports: negative codes of its own, positive errno numbers; node:fs reports names, but not of EDQUOT.
const { EDQUOT } = constants.errno;
const noSpaceCodes: ReadonlySet<unknown> = new Set([
  "ENOSPC",
  28,
  EDQUOT,
  `Unknown system error -${EDQUOT}`,
  -30792, // MDB_MAP_FULL
]);
const readOnlyCodes: ReadonlySet<unknown> = new Set(["EROFS", 30]);
const openFilesCodes: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", 23, 24]);
const sqliteFull = 13;

/** Turns what the disk or the index reported into a {@link StoreError}; the cause is for the log. */
export function diskError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  if (isNoSpace(cause)) return noSpaceLeft(cause);
  return new StoreError("InternalError", `The data could not be read or written${reasonOf(cause)}`, { cause });
}

export function noSpaceLeft(cause?: unknown): StoreError {
  return new StoreError("InsufficientStorage", "There is no space left for the data", { cause });
}

/** Whether a write has happened is seen at the next start. */
export function outcomeUnknown(cause: unknown): StoreError {
  const message = `The disk failed, and what was being written may be on it or not${reasonOf(cause)}`;
  return new StoreError("InternalError", message, { cause });
}

/** What an operator can do something about. */
function reasonOf(cause: unknown): string {
  if (isReadOnly(cause)) return ": their file system is read-only";
  if (openFilesCodes.has(codeOf(cause))) return ": too many files are open, raise the limit (ulimit -n)";
  return "";
}

/** Runs a step that touches only our own files, so that everything it throws is the disk's. */
export async function onDisk<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw diskError(error);
  }
}

export function isNoSpace(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === "InsufficientStorage";
  return (
    noSpaceCodes.has(codeOf(error)) || (error instanceof Error && "errcode" in error && error.errcode === sqliteFull)
  );
}

export function isReadOnly(error: unknown): boolean {
  return readOnlyCodes.has(codeOf(error));
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
