import { realpath, stat } from "node:fs/promises";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { createRedactor } from "../../mcp/redact.ts";
import { createSecretFiles } from "../../mcp/secret-files.ts";
import { serveMcp } from "../../mcp/serve-mcp.ts";
import type { Tier } from "../../mcp/tool.ts";
import { tools } from "../../mcp/tools/index.ts";
import { printable } from "../../output/printable.ts";
import type { mcp } from "./index.ts";

const maxReported = 500;

export const run: RunOf<typeof mcp> = async ({ api, options, output, settings, stdin, now, signal }) => {
  const { allowWrites, allowDestructive } = options;
  const directory = await openDirectory(options.directory ?? process.cwd());
  const tiers = new Set<Tier>(["read", ...(allowWrites ? ["write" as const] : [])]);
  if (allowDestructive) tiers.add("destructive");
  const redactor = createRedactor();
  if (settings.token !== undefined) redactor.keep(settings.token.value);
  if (stdin.isTTY === true) output.note("Waiting for an assistant on stdin: see docs/agents.md. Ctrl-D ends it.");
  await serveMcp({
    tools,
    tiers,
    api: await api(),
    secretFiles: createSecretFiles(directory, redactor),
    redactor,
    now,
    report(error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      output.warn(printable(redactor.redact(text)).slice(0, maxReported));
    },
    stdin,
    stdout: output.raw,
    signal,
  });
};

async function openDirectory(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== undefined && (await stat(found)).isDirectory()) return found;
  throw new CliError("Usage", `${printable(path)} is no directory.`);
}
