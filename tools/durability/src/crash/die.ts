import { promises as fileSystem } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { Death } from "./messages.ts";
import { tell } from "./tell.ts";

/** Counts the steps of one name, and ends this process at the one that is wanted. */
export function createDeath({ how, at, hit }: Death): (step: string) => void {
  let hits = 0;
  return (step) => {
    if (step !== at) return;
    hits += 1;
    if (hits !== hit) return;
    tell({ type: "dying", at });
    // The kernel acts on it before the call returns.
    process.kill(process.pid, how === "kill" ? "SIGKILL" : "SIGSTOP");
  };
}

export const fileOperation = "file operation";

const fileCalls = [
  "mkdir",
  "open",
  "readdir",
  "readFile",
  "rename",
  "rm",
  "rmdir",
  "stat",
  "unlink",
  "writeFile",
] as const;
const handleCalls = ["write", "writeFile", "datasync", "sync", "truncate", "stat", "read"] as const;

/** Reports every asynchronous call to the file system before it is made: a recovery names no steps of its own. */
export async function watchFileOperations(onStep: (step: string) => void): Promise<void> {
  const handle = await fileSystem.open("/dev/null", "r");
  const prototype = Object.getPrototypeOf(handle) as Record<string, unknown>;
  await handle.close();
  for (const name of handleCalls) watch(prototype, name, onStep);
  for (const name of fileCalls) watch(fileSystem as unknown as Record<string, unknown>, name, onStep);
  syncBuiltinESMExports();
}

function watch(target: Record<string, unknown>, name: string, onStep: (step: string) => void): void {
  const original = target[name] as (...args: unknown[]) => unknown;
  target[name] = function (this: unknown, ...args: unknown[]) {
    onStep(fileOperation);
    return original.apply(this, args);
  };
}
