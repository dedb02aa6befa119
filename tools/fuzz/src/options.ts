import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { FuzzError } from "./fuzz-error.ts";

export type FuzzOptions = {
  readonly requests: number;
  readonly seed: number;
  /** Number of the first case. */
  readonly first: number;
  readonly connections: number;
  readonly timeoutSeconds: number;
  /** Where findings are written. */
  readonly findings: string;
  /** A finding to send again, instead of a run. */
  readonly replay: string | undefined;
  readonly json: string | undefined;
};

/** What the arguments say, or the help text that was asked for. Throws a {@link FuzzError}. */
export function readOptions(args: readonly string[]): FuzzOptions | { readonly help: string } {
  let help = "";
  const command = createCommand();
  command.exitOverride().configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw new FuzzError(`${error.message.replace(/^error: /, "")} See --help.`, { cause: error });
  }
  const { findings, ...options } = command.opts<Omit<FuzzOptions, "replay" | "json">>();
  return { replay: undefined, json: undefined, ...options, findings: resolve(findings) };
}

function createCommand(): Command {
  const newSeed = Math.floor(Math.random() * 2 ** 31);
  return new Command("fuzz")
    .description(
      "Sends mutated S3 requests to this repository's gateway, which it starts, and judges every answer. Exit codes: 0 nothing\n" +
        "found, 1 something found, 2 it could not run.",
    )
    .helpOption("-h, --help", "show this text")
    .allowExcessArguments(false)
    .option("--requests <n>", "how many cases to send", integer(1, 100_000_000), 20_000)
    .option("--seed <n>", "of all cases (default: a new one)", integer(0, 2 ** 31 - 1), newSeed)
    .option("--first <n>", "number of the first case", integer(0, 2 ** 31), 0)
    .option("--connections <n>", "cases at a time", integer(1, 512), 32)
    .option("--timeout-seconds <n>", "a connection that lives longer hangs", integer(1, 3600), 20)
    .option("--findings <dir>", "where findings are written", join(tmpdir(), "stave-fuzz-findings"))
    .option("--replay <file>", "send a finding again, instead of a run")
    .option("--json <file>", "write the result as JSON as well");
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
