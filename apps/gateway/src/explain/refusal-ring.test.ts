import { expect, test } from "vitest";
import { createRefusalRing } from "./refusal-ring.ts";

const entry = (requestId: string, sizeBytes = 10) => ({ requestId, sizeBytes });
const idsOf = (ring: ReturnType<typeof createRefusalRing>) => [...ring.newestFirst()].map(({ requestId }) => requestId);

test("keeps the newest entries, and finds them by their ids", () => {
  const ring = createRefusalRing({ maxEntries: 3 });

  for (const id of ["a", "b", "c", "d"]) ring.add(entry(id));

  expect(idsOf(ring)).toEqual(["d", "c", "b"]);
  expect([ring.find("a"), ring.find("b")?.requestId]).toEqual([undefined, "b"]);
  expect([ring.size, ring.sizeBytes]).toEqual([3, 30]);
});

test("keeps no more bytes than it may, whatever their number", () => {
  const ring = createRefusalRing({ maxEntries: 10, maxBytes: 100 });

  for (const [id, sizeBytes] of [
    ["a", 40],
    ["b", 40],
    ["c", 40],
    ["d", 1],
    ["e", 60],
  ] as const) {
    ring.add(entry(id, sizeBytes));
    expect(ring.sizeBytes).toBeLessThanOrEqual(100);
  }

  expect(idsOf(ring)).toEqual(["e", "d"]);
});

test("stays within bounds over many rounds", () => {
  const ring = createRefusalRing({ maxEntries: 7, maxBytes: 1000 });

  for (let at = 0; at < 10_000; at += 1) ring.add(entry(`${at}`, (at * 37) % 400));

  expect(idsOf(ring)[0]).toBe("9999");
  expect(ring.size).toBeLessThanOrEqual(7);
  expect(ring.sizeBytes).toBe([...ring.newestFirst()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
});
