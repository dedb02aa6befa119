import { spawn } from "node:child_process";
import { CliError, type CliErrorCode, exitCodes } from "../../command/cli-error.ts";
import type { Invocation } from "../../command/invocation.ts";
import { version } from "../../version.ts";
import { findServer, type ServerName } from "./find-server.ts";

/** Set for the stave that npx runs: what is missing there must not be fetched again. */
const fetchedVariable = "STAVE_SERVERS_FETCHED";

type Caller = Pick<Invocation<unknown, unknown>, "environment" | "globals" | "output" | "prompts" | "signal">;

/**
 * Calls `run` with what Node.js is to run for each of the servers. Where one is not installed npx fetches it, when somebody has
 * said yes to that, and runs the same command again beside it. Throws `NotSupported` when it is not there.
 */
export async function withServers<Name extends ServerName>(
  names: readonly Name[],
  { args, caller }: { readonly args: readonly string[]; readonly caller: Caller },
  run: (mains: Readonly<Record<Name, string>>) => Promise<void>,
): Promise<void> {
  const found = names.map((name) => [name, findServer(name)] as const);
  const missing = found.filter(([, main]) => main === undefined).map(([name]) => `@stave/${name}`);
  if (missing.length === 0) return await run(Object.fromEntries(found) as Record<Name, string>);
  const { globals, prompts, environment } = caller;
  const canFetch = environment[fetchedVariable] === undefined && (globals.isYes || prompts.canAsk);
  if (!canFetch) throw notInstalled(missing);
  await prompts.confirm(`${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not installed. Fetch now?`);
  await runFetched(missing, { args, caller });
}

async function runFetched(
  missing: readonly string[],
  { args, caller: { environment, output, signal } }: { readonly args: readonly string[]; readonly caller: Caller },
): Promise<void> {
  const packages = ["@stave/cli", ...missing].map((name) => `--package=${name}@${version}`);
  output.note(`Fetching ${missing.join(" and ")} with npx …`);
  const child = spawn("npx", ["--yes", ...packages, "--", "stave", ...args], {
    env: { ...environment, [fetchedVariable]: "1" },
    stdio: "inherit",
    // On Windows npx is a script for its shell, which would read what is in the arguments.
    shell: false,
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject).once("exit", (exitCode) => resolve(exitCode ?? exitCodes.Interrupted));
    });
    if (code !== 0) throw endedWith(code, "npx has failed.");
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw notInstalled(missing, error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What another program has ended with, and has told why. */
export function endedWith(code: number, message: string): CliError {
  const known = Object.entries(exitCodes).find(([, number]) => number === code)?.[0] as CliErrorCode | undefined;
  return new CliError(known ?? "Failed", message, { isTold: true });
}

function notInstalled(missing: readonly string[], cause?: unknown): CliError {
  const names = missing.map((name) => `${name}@${version}`).join(" ");
  return new CliError(
    "NotSupported",
    `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not installed.`,
    {
      why: "The servers are packages of their own, so that the command line stays small.",
      next: [`npm install --global ${names}`, "or run it again with --yes, and npx fetches what is missing"],
      cause,
    },
  );
}
