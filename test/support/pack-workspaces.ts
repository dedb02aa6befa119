import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export const root = join(import.meta.dirname, "..", "..");

const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

/** What the command printed. What it printed is in the error too: tsc, attw and npm report on standard output. */
export async function run(
  command: string,
  args: readonly string[],
  {
    cwd,
    env,
    timeoutMs = 60_000,
  }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number },
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, timeout: timeoutMs, ...(env && { env }) });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Packs `apps/cli`, for example, as it would be published. */
export async function packWorkspace(workspace: string, tarball: string): Promise<void> {
  // Never npm pack: only pnpm puts `publishConfig.exports` and real versions into the manifest.
  const pnpm = ["--yes", "--prefer-offline", packageManager, "pack", "--out", tarball];
  await run("npx", pnpm, { cwd: join(root, workspace), timeoutMs: 240_000 });
}

/** Into an empty project, as a stranger does it: with nothing but what npm brings. */
export async function npmInstall(project: string, packages: readonly string[]): Promise<void> {
  const options = ["--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=500"];
  await run("npm", ["install", ...options, "--prefix", project, ...packages], { cwd: project, timeoutMs: 240_000 });
}

export function isUnreachable(error: unknown): boolean {
  return /\b(EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTFOUND|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/.test(
    String(error),
  );
}
