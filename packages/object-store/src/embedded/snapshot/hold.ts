import type { Committer } from "../committer.ts";
import { readNumber, type Tables } from "../open-index.ts";
import { isRunning } from "../pins.ts";

// While a snapshot is taken, the files that its index refers to must stay, whatever happens to their objects. Who takes one
// says so in a row of `meta`, "hold" ‖ epoch → process id, before its index is copied. A step that sees the row leaves files to
// the garbage instead of removing them after the commit, and whoever removes anything else looks for it: in the step, or in
// the same look-up, in which it decides that nothing uses the thing any more.

const prefix = Buffer.from("hold");
const everyHold = { start: keyOf(0), end: Buffer.concat([keyOf(0xffffffff), Buffer.of(0)]) };

/** True while nothing may be removed that an earlier state of the index refers to. */
export function isHeld(index: Pick<Tables, "meta">): boolean {
  const fence = readNumber(index, "fence", 0);
  for (const { key, value } of index.meta.getRange(everyHold)) {
    // A process that died with its hold lets go of it, too.
    if (key.readUInt32BE(prefix.length) >= fence && isRunning(value)) return true;
  }
  return false;
}

/** Runs `work` while nothing is removed, in any process. One at a time in a process. */
export async function holding<T>(committer: Pick<Committer, "run">, epoch: number, work: () => Promise<T>): Promise<T> {
  await committer.run(({ index }) => index.meta.put(keyOf(epoch), process.pid));
  try {
    return await work();
  } finally {
    await committer.run(({ index }) => index.meta.remove(keyOf(epoch)));
  }
}

/** The rows of all holds, for who starts over with the directory. */
export function holdKeys(index: Pick<Tables, "meta">): Buffer[] {
  return [...index.meta.getKeys(everyHold)];
}

function keyOf(epoch: number): Buffer {
  const key = Buffer.alloc(prefix.length + 4);
  prefix.copy(key);
  key.writeUInt32BE(epoch, prefix.length);
  return key;
}
