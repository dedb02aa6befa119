import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { HarnessError } from "../harness-error.ts";
import { integer, newSeed, notEmpty, oneOf, parseArguments } from "../option-values.ts";
import { type Filesystem, filesystems } from "../requirements.ts";
import { type Moment, moments } from "./plan-round.ts";

export type CrashOptions = {
  readonly rounds: number;
  readonly seed: number;
  readonly workers: 1 | 2;
  /** `all`: one after the other; `random`: drawn for each round. */
  readonly point: Moment | "all" | "random";
  /** Undefined: processes are killed, and the machine goes on. */
  readonly powerCut: Filesystem | undefined;
  readonly directory: string;
  readonly json: string | undefined;
  readonly sabotage: "relaxed" | "corrupt" | undefined;
};

/** What the arguments say, or the help text that was asked for. Throws a {@link HarnessError} with the code `usage`. */
export function readOptions(args: readonly string[]): CrashOptions | { readonly help: string } {
  const command = createCommand();
  const asked = parseArguments(command, args);
  if (asked !== undefined) return asked;
  const { rounds, seed, workers, point, powerCut, dir, json, sabotage } = command.opts();
  if (sabotage === "relaxed" && powerCut === undefined) {
    throw new HarnessError("usage", "Expected --power-cut with --sabotage relaxed: a kill takes nothing back.");
  }
  return { rounds, seed, workers, point, powerCut, directory: resolve(dir), json, sabotage };
}

function createCommand(): Command {
  return new Command("crash")
    .description(
      "Kills processes that write to a store, or cuts their power, at every step where it matters, recovers, and says which\n" +
        "acknowledged operations did not survive. Exit codes: 0 nothing found, 1 something found or too little judged, 2 it could\n" +
        "not run, 3 a sabotage was not found.",
    )
    .helpOption("-h, --help", "show this text")
    .allowExcessArguments(false)
    .option("--rounds <n>", "crashes", integer(1, 1_000_000), 100)
    .option("--seed <n>", "of moments and operations (default: a new one)", integer(0, 2 ** 31 - 1), newSeed())
    .option("--workers <n>", "processes that write to the store", integer(1, 2), 1)
    .option(
      "--point <name>",
      `all, random, or one of: ${moments.join(", ")}`,
      oneOf(["all", "random", ...moments]),
      "random",
    )
    .option("--power-cut <name>", "cut the power of a disk with ext4, xfs or btrfs; as root", oneOf(filesystems))
    .option("--dir <dir>", "where the stores are; those with findings stay", notEmpty, join(tmpdir(), "stave-crash"))
    .option("--json <file>", "write the result as JSON as well", notEmpty)
    .option(
      "--sabotage <how>",
      "negative control: `relaxed` flushes nothing, `corrupt` changes bytes of a segment",
      oneOf(["relaxed", "corrupt"]),
    );
}
