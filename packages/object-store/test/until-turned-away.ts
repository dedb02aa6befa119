import type { CommitGate } from "../src/embedded/commit-gate.ts";

/** Waits until somebody who opens the index holds commits off. */
export async function untilTurnedAway(gate: CommitGate): Promise<{ readonly entered: Promise<void> }> {
  for (;;) {
    const entered = gate.enter();
    if (entered !== undefined) return { entered };
    gate.leave();
    await new Promise(setImmediate);
  }
}
