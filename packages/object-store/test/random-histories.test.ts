import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDataDirectory } from "../src/embedded/check/check-data-directory.ts";
import { createMemoryStore } from "../src/memory/create-memory-store.ts";
import type { ObjectStore } from "../src/object-store.ts";
import { runRandomHistory } from "../src/testing/random-history.ts";
import { createTemporaryDirectory, openTemporaryStore } from "./temporary-store.ts";

const steps = 1000;

function createClock() {
  let ms = 1_800_000_000_000;
  return {
    now: () => new Date(ms),
    /** Sometimes not at all: two writes of one millisecond keep their order. */
    tick: (step: number) => {
      ms += step % 3;
    },
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "the embedded store answers as the memory store does, and leaves a clean directory and snapshot (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const { now, tick } = createClock();
    await using temporary = await openTemporaryStore({ now });
    const model = createMemoryStore({ now });
    await model.createBucket({ name: "photos", ownerId: "owner" });

    await using elsewhere = await createTemporaryDirectory();
    const target = join(elsewhere.directory, "snapshot");

    const { refused } = await runRandomHistory(temporary.store, { seed, steps, model, onStep: tick });
    await temporary.store.sweepOrphans(); // what was deleted while it was read
    await temporary.store.snapshot(target);
    await temporary.store.close();
    await temporary.lock.release();
    const original = await checkDataDirectory(temporary.directory);
    const snapshot = await checkDataDirectory(target);

    expect(refused).toBeGreaterThan(steps / 20);
    expect(refused).toBeLessThan(steps / 2);
    expect(original).toMatchObject({ findings: [], reclaimableFiles: 0 });
    expect(snapshot).toEqual({ ...original, segments: snapshot.segments });
  },
);

test("a store is compared with a memory store of its own, without times", async () => {
  const store = createMemoryStore({ now: () => new Date(0) });

  await expect(runRandomHistory(store, { seed: 9, steps })).resolves.toMatchObject({ steps });
});

/** Breaks one rule of a store that is right. */
const defects: readonly (readonly [string, (store: ObjectStore) => Partial<ObjectStore>])[] = [
  [
    "forgets the size",
    (store) => ({ bucketUsage: async (name) => ({ ...(await store.bucketUsage(name)), sizeBytes: 0 }) }),
  ],
  [
    "ignores delimiters",
    (store) => ({ listObjects: (name, query) => store.listObjects(name, { ...query, delimiter: "" }) }),
  ],
  [
    "ignores conditions",
    (store) => ({
      putObject: (address, body, { ownerId, metadata }) => store.putObject(address, body, { ownerId, metadata }),
    }),
  ],
  ["deletes the wrong version", (store) => ({ deleteObject: (address) => store.deleteObject(address) })],
];

test.each(defects)("a store that %s is found out, and the error says how to see it again", async (_title, defect) => {
  const right = createMemoryStore();
  const wrong: ObjectStore = { ...right, ...defect(right) };
  const expected = {
    message: expect.stringMatching(/^The store answered otherwise than its model \(seed 1, step \d+: .+\)$/),
    cause: expect.objectContaining({ code: "ERR_ASSERTION" }),
  };

  await expect(runRandomHistory(wrong, { seed: 1, steps })).rejects.toMatchObject(expected);
});
