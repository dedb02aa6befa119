import { writeFile } from "node:fs/promises";
import { CliError } from "../../command/cli-error.ts";
import type { Output } from "../../output/output.ts";
import { printable } from "../../output/printable.ts";

export type NewFile = {
  /** `-`: stdout. */
  readonly path: string;
  readonly text: string;
  readonly isForced: boolean;
  /** What to do with it, a line each. */
  readonly next: readonly string[];
};

/** Writes a file that is to be looked at before it is used. Throws `Conflict` when it is there and not to be replaced. */
export async function writeNewFile({ path, text, isForced, next }: NewFile, output: Output): Promise<void> {
  if (path === "-") {
    output.result({ text }, () => text);
  } else {
    await write(path, text, isForced);
    output.note(`Wrote ${printable(path)}.`);
    output.result({ file: path }, () => "");
  }
  output.note(["Next:", ...next.map((line) => `  ${line}`)].join("\n"));
}

async function write(path: string, text: string, isForced: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: isForced ? "w" : "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new CliError("Conflict", `${printable(path)} is there already.`, {
        next: ["look at it, then run it again with --force", "or write another one with --output FILE"],
        cause: error,
      });
    }
    throw new CliError("Failed", `Cannot write ${printable(path)}.`, { why: String(error), cause: error });
  }
}
