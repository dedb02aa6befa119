import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { HarnessError } from "../harness-error.ts";

/** Runs a program to its end; resolves to what it printed. Fails with what it said. */
export async function runCommand(command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { timeout: 120_000 });
    return stdout;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    const reason = stderr.trim().split("\n").slice(-3).join(" ") || (error instanceof Error ? error.message : "");
    throw new HarnessError("device", `\`${command} ${args.join(" ")}\` failed: ${reason}`, { cause: error });
  }
}
