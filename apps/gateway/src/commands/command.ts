import type { Command } from "commander";

/** Something an operator does with a data directory. */
export type DataCommand<Options> = {
  readonly name: string;
  readonly description: string;
  /** Adds what it takes beside `--data-dir` and `--json`. */
  readonly addOptions?: (command: Command, env: NodeJS.ProcessEnv) => void;
  readonly run: (directory: string, options: Options, output: CommandOutput) => Promise<CommandResult>;
};

/** Commands about one thing: `keys issue`, `keys list`. */
export type CommandGroup = {
  readonly name: string;
  readonly description: string;
  /** Their names are without that of the group. */
  readonly commands: readonly DataCommand<never>[];
};

export type CommandOutput = {
  readonly json: boolean;
  /** For a command that prints as it goes, because of how much it may be. */
  readonly print: (text: string) => Promise<void>;
  /** What was given beside options, as far as `addOptions` has declared it. */
  readonly args: readonly string[];
};

export type CommandResult = {
  /** For `--json`; absent when it has printed already. */
  readonly report?: object;
  /** For people. */
  readonly text?: string;
  readonly exitCode: number;
};

/** The command could not be done: one clear line, exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
