import { setFlagsFromString } from "node:v8";

/**
 * V8 makes room for young objects as fast as they come: reading all modules would leave it with 40 MiB that nothing needs again. With a factor of 1
 * this room stays as it is until the process serves, and may grow from then on.
 */
setFlagsFromString("--semi-space-growth-factor=1");
const { runCommand } = await import("./process/run-command.ts");
process.exit(await runCommand({ onReady: () => setFlagsFromString("--semi-space-growth-factor=2") }));
