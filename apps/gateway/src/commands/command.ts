import type { Command } from "commander";

/** Something an operator does with a data directory that no server uses. */
export type DataCommand<Options> = {
  readonly name: string;
  readonly description: string;
  /** Adds what it takes beside `--data-dir` and `--json`. */
  readonly addOptions?: (command: Command) => void;
  readonly run: (directory: string, options: Options) => Promise<CommandResult>;
};

export type CommandResult = {
  /** For `--json`. */
  readonly report: object;
  /** For people. */
  readonly text: string;
  readonly exitCode: number;
};
