/** A small seeded generator: the same seed draws the same numbers, so that a run can be described by one number. */
export type Random = {
  /** A whole number from 0 up to and without the bound. */
  below(bound: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  isOneIn(count: number): boolean;
  bytes(sizeBytes: number): Buffer;
};

/** Mulberry32. Streams with different names are independent of each other, and of how often the others are asked. */
export function createRandom(seed: number, stream: string): Random {
  let state = seed | 0;
  for (const character of stream) state = Math.imul(state ^ character.charCodeAt(0), 0x9e3779b1) + 1;
  const below = (bound: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
  return {
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    isOneIn: (count) => below(count) === 0,
    bytes: (sizeBytes) => Buffer.from(Array.from({ length: sizeBytes }, () => below(256))),
  };
}
