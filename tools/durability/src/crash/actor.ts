import { createInterface } from "node:readline";
import { lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { prepareBuckets } from "./buckets.ts";
import { createDeath, watchFileOperations } from "./die.ts";
import { judgeDirectory } from "./judge-directory.ts";
import type { ActorCommand } from "./messages.ts";
import { runWorker } from "./run-worker.ts";
import { tell } from "./tell.ts";

// A process of the harness: does what standard input says, and ends with it, so that nothing survives the harness.

for await (const line of createInterface({ input: process.stdin })) {
  // The lines that follow are read meanwhile: the end of the input ends a worker in the middle of its work.
  perform(JSON.parse(line) as ActorCommand).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
// Not an exit, which would wait for what the store has under way.
process.kill(process.pid, "SIGKILL");

async function perform(command: ActorCommand): Promise<void> {
  const { directory } = command;
  switch (command.role) {
    case "prepare": {
      const lock = await lockDataDirectory(directory);
      const store = await openEmbeddedStore({ directory });
      await prepareBuckets(store, command);
      await store.close();
      await lock.release();
      tell({ type: "ready" });
      return;
    }
    case "owner":
      await lockDataDirectory(directory);
      tell({ type: "ready" });
      return;
    case "recover":
      if (command.death !== undefined) await watchFileOperations(createDeath(command.death));
      await lockDataDirectory(directory);
      tell({ type: "ready" });
      return;
    case "worker":
      await runWorker(command);
      return;
    case "judge":
      tell(await judgeDirectory(command));
      return;
  }
}
