import { cp } from "node:fs/promises";
import { join } from "node:path";

/** Copies a directory in which something was found out of the run's own folder, which goes at its end. */
export async function keepDirectory(
  directory: string,
  {
    directory: parent,
    seed,
    round,
    sabotage,
    isEnough,
  }: {
    readonly directory: string;
    readonly seed: number;
    readonly round: number;
    readonly sabotage: string | undefined;
    readonly isEnough: boolean;
  },
): Promise<string | undefined> {
  // What was broken on purpose is of no use to anybody.
  if (isEnough || sabotage !== undefined) return undefined;
  const kept = join(parent, `found-${seed}-${round}`);
  await cp(directory, kept, { recursive: true });
  return kept;
}
