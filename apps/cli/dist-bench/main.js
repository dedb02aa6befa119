#!/usr/bin/env node
import { exitCodes } from "./chunk-B3FYOJ65.js";
import { version } from "./chunk-V6QAZNIZ.js";

// src/main.ts
var args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${version}
`);
} else {
  process.exitCode = await runWithSignals();
}
async function runWithSignals() {
  const interrupted = new AbortController();
  process.on("SIGINT", () => {
    if (interrupted.signal.aborted) process.exit(exitCodes.Interrupted);
    interrupted.abort();
  });
  process.on("SIGTERM", () => interrupted.abort());
  process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const { runCli } = await import("./run-cli-TLBMYTHQ.js");
  return await runCli(args, {
    environment: process.env,
    directory: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupted.signal,
  });
}
//# sourceMappingURL=main.js.map
