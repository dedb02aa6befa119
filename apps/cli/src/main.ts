#!/usr/bin/env node
import { exitCodes } from "./command/cli-error.ts";
import { version } from "./version.ts";

const args = process.argv.slice(2);

// Before everything else is loaded: scripts ask for it often.
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${version}\n`);
} else {
  process.exitCode = await runWithSignals();
}

async function runWithSignals(): Promise<number> {
  const interrupted = new AbortController();
  process.on("SIGINT", () => {
    // The second one leaves at once.
    if (interrupted.signal.aborted) process.exit(exitCodes.Interrupted);
    interrupted.abort();
  });
  process.on("SIGTERM", () => interrupted.abort());
  // A reader that has seen enough, as `head`, is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const { runCli } = await import("./run-cli.ts");
  return await runCli(args, {
    environment: process.env,
    directory: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupted.signal,
  });
}
