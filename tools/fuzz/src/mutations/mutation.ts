import type { Random } from "../random.ts";
import type { WireRequest } from "../wire-request.ts";

/** One change of a request. What it cannot change it gives back as it was. */
export type Mutation = {
  readonly name: string;
  readonly apply: (request: WireRequest, random: Random) => WireRequest;
};

/** Text with a change somewhere. */
export function disturb(text: string, random: Random, inserted: string): string {
  const at = random.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  return random.pick([
    () => before + inserted + after,
    () => before + inserted + after.slice(1 + random.below(20)),
    () => before + after.slice(1 + random.below(40)),
    () => before + after.slice(0, 1 + random.below(60)) + after,
    () => before,
  ])();
}
