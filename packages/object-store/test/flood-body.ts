import { patterned } from "../src/testing/case-tools.ts";

/** What the flooding child writes under a key, in two chunks: one in eight is a file. */
export function floodBody(key: string): readonly Buffer[] {
  const seed = Number(key.slice("key ".length));
  const bytes = patterned(seed % 8 === 0 ? 140_000 + seed : seed % 3000, seed);
  const half = Math.floor(bytes.length / 2);
  return [bytes.subarray(0, half), bytes.subarray(half)];
}
