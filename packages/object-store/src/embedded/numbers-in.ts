import { readdir } from "node:fs/promises";

/** The entries of a directory that we could have written, which are numbers: anything else in there is not ours. */
export async function numbersIn(directory: string): Promise<number[]> {
  return (await readdir(directory)).filter((name) => /^\d+$/.test(name)).map(Number);
}
