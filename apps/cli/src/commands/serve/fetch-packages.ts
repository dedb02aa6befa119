import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * Has npx fetch packages into its cache, and resolves to the `node_modules` that they are in. Only that: under npx a program is not told to stop,
 * as npm does not pass signals on.
 */
export async function fetchPackages(
  specifications: readonly string[],
  { environment, signal }: { readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<string> {
  const packages = specifications.map((specification) => `--package=${specification}`);
  const child = spawn("npx", ["--yes", ...packages, "--", "node", "--print", "process.env.PATH"], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("exit", resolve));
  const [path, code] = await Promise.all([text(child.stdout), ended]);
  // npx puts the commands of what it has fetched in front.
  const [, name = ""] = /^(@[^@]+)@/.exec(specifications[0] ?? "") ?? [];
  const folder = path
    .trim()
    .split(delimiter)
    .map((bin) => join(bin, ".."))
    .find((modules) => existsSync(join(modules, name, "package.json")));
  if (code !== 0 || folder === undefined) throw new Error(`npx has ended with ${code}.`);
  return folder;
}
