import type { Random } from "../random.ts";
import { pieces } from "./pieces.ts";

/** One change somewhere in the bytes, whatever they mean there. */
export function mutateBytes(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  return random.pick([
    () => Buffer.concat([before, Buffer.from(random.pick(pieces), "latin1"), after]),
    () => Buffer.concat([before, Buffer.from(random.pick(pieces), "latin1"), after.subarray(random.below(20))]),
    () => Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ (1 << random.below(8))]), after.subarray(1)]),
    () => Buffer.concat([before, random.bytes(1 + random.below(4)), after.subarray(1)]),
    () => Buffer.concat([before, after.subarray(1 + random.below(40))]),
    () => Buffer.concat([before, after.subarray(0, random.below(60)), after]),
    () => before,
    () => Buffer.concat([before, other.subarray(random.below(other.length))]),
    () => Buffer.concat([before, Buffer.from("a".repeat(20_000)), after]),
  ])();
}
