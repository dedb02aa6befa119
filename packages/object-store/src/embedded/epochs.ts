import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "./directory-sync.ts";
import { codeOf } from "./disk-error.ts";
import { numbersIn } from "./numbers-in.ts";

/**
 * Takes a number that no opened store has had, for the names of what this one writes. Its directory `segments/<epoch>` is the
 * proof: the one of the highest number is never removed.
 */
export async function takeEpoch(directory: string): Promise<number> {
  const segments = join(directory, "segments");
  for (;;) {
    const epoch = Math.max(0, ...(await numbersIn(segments))) + 1;
    try {
      await mkdir(join(segments, String(epoch)), { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) === "EEXIST") continue; // another process was faster
      throw error;
    }
    await syncDirectory(segments);
    return epoch;
  }
}
