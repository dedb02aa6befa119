import { CliError, type CliErrorCode, exitCodes } from "../../command/cli-error.ts";
import type { Invocation } from "../../command/invocation.ts";
import { version } from "../../version.ts";
import { fetchPackages } from "./fetch-packages.ts";
import { findServer, type ServerName } from "./find-server.ts";

type Caller = Pick<Invocation<unknown, unknown>, "environment" | "globals" | "output" | "prompts" | "signal">;

/**
 * What Node.js is to run for each of the servers. Where one is not installed npx fetches it, when somebody has said yes to that.
 * Throws `NotSupported` when it is not there.
 */
export async function requireServers<Name extends ServerName>(
  names: readonly Name[],
  { environment, globals, output, prompts, signal }: Caller,
): Promise<Readonly<Record<Name, string>>> {
  const missing = names.filter((name) => findServer(name) === undefined);
  if (missing.length === 0) return mainsOf(names);
  const packages = missing.map((name) => `@stave/${name}`);
  if (!globals.isYes && !prompts.canAsk) throw notInstalled(packages);
  await prompts.confirm(`${packages.join(" and ")} ${packages.length === 1 ? "is" : "are"} not installed. Fetch now?`);
  output.note(`Fetching ${packages.join(" and ")} with npx …`);
  const specifications = packages.map((name) => `${name}@${version}`);
  const modules = await fetchPackages(specifications, { environment, signal }).catch((error: unknown) => {
    throw notInstalled(packages, error);
  });
  return mainsOf(names, modules);
}

function mainsOf<Name extends ServerName>(names: readonly Name[], modules?: string): Readonly<Record<Name, string>> {
  const found = names.map((name) => [name, findServer(name) ?? findServer(name, modules)]);
  return Object.fromEntries(found) as Record<Name, string>;
}

/** What another program has ended with, and has told why. */
export function endedWith(code: number, message: string): CliError {
  const known = Object.entries(exitCodes).find(([, number]) => number === code)?.[0] as CliErrorCode | undefined;
  return new CliError(known ?? "Failed", message, { isTold: true });
}

function notInstalled(packages: readonly string[], cause?: unknown): CliError {
  const names = packages.map((name) => `${name}@${version}`).join(" ");
  return new CliError(
    "NotSupported",
    `${packages.join(" and ")} ${packages.length === 1 ? "is" : "are"} not installed.`,
    {
      why:
        cause === undefined
          ? "The servers are packages of their own, so that the command line stays small."
          : "npx could not fetch what is missing.",
      next: [`npm install --global ${names}`, "or run it again with --yes, and npx fetches what is missing"],
      cause,
    },
  );
}
