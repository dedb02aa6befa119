// A sibling process: compacts all the time, until it is killed, or kills itself at the n-th time that it comes to a point.
import { setTimeout as delay } from "node:timers/promises";
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";

const [, , directory = "", point = "", times = "0"] = process.argv;
let hits = 0;
const store = await openEmbeddedStore({
  directory,
  onPoint(reached) {
    if (reached !== point) return;
    hits += 1;
    if (hits === Number(times)) process.kill(process.pid, "SIGKILL");
  },
});
process.send?.("ready");
let isStopped = false;
process.on("message", () => {
  isStopped = true;
});

const totals = { movedBodies: 0, removedSegments: 0, damaged: 0 };
while (!isStopped) {
  const { movedBodies, removedSegments, kept } = await store.compact({ minDeadRatio: 0.05 });
  totals.movedBodies += movedBodies;
  totals.removedSegments += removedSegments;
  totals.damaged += kept.length;
  await delay(5);
}
await store.close();
process.send?.(totals);
process.disconnect?.();
