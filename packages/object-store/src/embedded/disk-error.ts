import { StoreError } from "../store-error.ts";

// What lmdb reports: negative codes of its own, positive errno numbers; node:fs reports names.
const noSpaceCodes: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", 28, 122, -30792 /* MDB_MAP_FULL */]);

/** Turns what the disk or the index reported into a {@link StoreError}; the cause is for the log. */
export function diskError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  if (isNoSpace(cause)) return new StoreError("InsufficientStorage", "There is no space left for the data", { cause });
  return new StoreError("InternalError", "The data could not be read or written", { cause });
}

/** Runs a step that touches only our own files, so that everything it throws is the disk's. */
export async function onDisk<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw diskError(error);
  }
}

function isNoSpace(error: unknown): boolean {
  return noSpaceCodes.has(codeOf(error));
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
