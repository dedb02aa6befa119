import type { Engine } from "../engine.ts";
import { readNumber, type Tables } from "../open-index.ts";
import { isRunning } from "../pins.ts";

// While a snapshot is taken, the bytes that its index refers to must stay, whatever happens to their objects. Who takes one
// says so in a row of `meta`, "hold" ‖ epoch → process id, before its index is copied. A step that sees the row leaves files
// to the garbage instead of removing them after the commit. Whoever removes anything else looks for it in the step, or in the
// look-up, in which it sees that nothing uses the thing any more: what was out of use before the hold is in no snapshot.

const prefix = Buffer.from("hold");
const [first, end] = [keyOf(0), Buffer.concat([keyOf(0xffffffff), Buffer.of(0)])];

/** True while nothing may be removed that an earlier state of the index refers to. */
export function isHeld(index: Pick<Tables, "meta">): boolean {
  const fence = readNumber(index, "fence", 0);
  for (const { key, value } of index.meta.getRange({ start: first, end })) {
    // A process that died with its hold lets go of it, too.
    if (key.readUInt32BE(prefix.length) >= fence && isRunning(value)) return true;
  }
  return false;
}

/** Runs `work` while nothing is removed, in any process. One at a time in a process. */
export async function holding<T>(
  { commit, free, epoch, garbage }: Pick<Engine, "commit" | "free" | "epoch" | "garbage">,
  work: () => Promise<T>,
): Promise<T> {
  await commit(({ index }) => index.meta.put(keyOf(epoch), process.pid));
  try {
    return await work();
  } finally {
    // Until then nothing is given back, so it must not fail for lack of space.
    await free(({ index }) => index.meta.remove(keyOf(epoch)));
    garbage.kick();
  }
}

/** The rows of all holds, for who starts over with an index. */
export function holdKeys(index: Pick<Tables, "meta">): Buffer[] {
  return [...index.meta.getKeys({ start: first, end })];
}

function keyOf(epoch: number): Buffer {
  const key = Buffer.alloc(prefix.length + 4);
  prefix.copy(key);
  key.writeUInt32BE(epoch, prefix.length);
  return key;
}
