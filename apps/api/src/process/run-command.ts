import { ControlDatabaseError } from "@stave/control-database";
import { VaultError } from "@stave/credential-vault";
import { readConfig, UsageError } from "../config.ts";
import { type RunApiOptions, runApi } from "./run-api.ts";

const exitCode = { done: 0, failed: 1, usage: 2 };

/** Does what the command line says. Resolves with the exit code, and has told why when that is not 0. */
export async function runCommand(options: RunApiOptions): Promise<number> {
  try {
    const config = readConfig(process.argv.slice(2), process.env);
    if ("help" in config) process.stdout.write(config.help);
    else await runApi(config, options);
    return exitCode.done;
  } catch (error) {
    process.stderr.write(`stave-api: ${explain(error)}\n`);
    return error instanceof UsageError ? exitCode.usage : exitCode.failed;
  }
}

/** One line that says what to do. What nobody foresaw keeps its stack trace. */
function explain(error: unknown): string {
  const isForeseen =
    error instanceof UsageError || error instanceof ControlDatabaseError || error instanceof VaultError;
  if (isForeseen || (error instanceof Error && "syscall" in error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
