import type { Command } from "commander";

/** Something an operator does with a data directory that no server uses. */
export type DataCommand<Options> = {
  readonly name: string;
  readonly description: string;
  /** Adds what it takes beside `--data-dir` and `--json`. */
  readonly addOptions?: (command: Command) => void;
  readonly run: (directory: string, options: Options, output: CommandOutput) => Promise<CommandResult>;
};

/** For a command that prints as it goes, because of how much it may be. */
export type CommandOutput = { readonly json: boolean; readonly print: (text: string) => Promise<void> };

export type CommandResult = {
  /** For `--json`; absent when it has printed already. */
  readonly report?: object;
  /** For people. */
  readonly text?: string;
  readonly exitCode: number;
};
