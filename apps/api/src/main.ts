#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

/**
 * Reading all modules leaves V8 with room for what nothing needs again: 50 MiB of a process that is mostly idle. So room for young objects stays as it
 * is until the process serves, and garbage is collected rather than memory taken.
 */
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--optimize-for-size");
const { runCommand } = await import("./process/run-command.ts");
process.exit(await runCommand({ onReady: () => setFlagsFromString("--semi-space-growth-factor=2") }));
