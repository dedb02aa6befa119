#!/usr/bin/env node
import cluster from "node:cluster";
import { ControlDatabaseError } from "@stave/control-database";
import { VaultError } from "@stave/credential-vault";
import { StoreError } from "@stave/object-store";
import { CommandError } from "./commands/command.ts";
import { runCommand } from "./commands/run-command.ts";
import { readConfig } from "./config.ts";
import { isAddressInUse } from "./process/admin-listener.ts";
import { createPrint } from "./process/create-print.ts";
import { runGateway } from "./process/run-gateway.ts";
import { runWorker } from "./process/run-worker.ts";
import { UsageError } from "./process/usage-error.ts";
import { WorkerError } from "./process/worker-pool.ts";

const exitCode = { done: 0, failed: 1, usage: 2 };

try {
  const args = process.argv.slice(2);
  const code = await runCommand(args, process.env, createPrint(process.stdout));
  if (code !== undefined) process.exit(code);
  const config = readConfig(args, process.env);
  if ("help" in config) process.stdout.write(config.help);
  else if (cluster.isWorker) await runWorker(config);
  else await runGateway(config);
  process.exit(exitCode.done);
} catch (error) {
  process.stderr.write(`stave-gateway: ${explain(error)}\n`);
  process.exit(error instanceof UsageError ? exitCode.usage : exitCode.failed);
}

/** One line that says what to do. What nobody foresaw keeps its stack trace. */
function explain(error: unknown): string {
  if (error instanceof UsageError || error instanceof CommandError || error instanceof StoreError) return error.message;
  if (error instanceof ControlDatabaseError || error instanceof VaultError) return error.message;
  if (isAddressInUse(error) || (error instanceof WorkerError && error.isAddressInUse)) {
    return `${error instanceof Error ? error.message : ""}. Stop what listens there, or choose another port with --port (0 picks a free one).`;
  }
  if (error instanceof WorkerError) return error.message;
  if (isSystemError(error)) return `${error.message}.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
