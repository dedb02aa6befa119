import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkDataDirectory } from "../src/embedded/check/check-data-directory.ts";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { plain } from "../src/testing/case-tools.ts";
import { createTemporaryDirectory } from "./temporary-store.ts";

const bucket = "photos";

function startCompactor(directory: string, ...point: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL("./children/compactor.ts", import.meta.url)), [directory, ...point], {
    execArgv: ["--conditions=@stave/source"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

type Random = (below: number) => number;

function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function bytesOf(text: string, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `${text} `);
}

/** What versions there have to be, by key and version id. */
type Model = Map<string, Map<string, Buffer>>;

/** Puts and deletes with several writers, each with keys of its own, so that the model knows who was last. */
async function churn(store: EmbeddedStore, model: Model, random: Random): Promise<void> {
  const write = async (writer: number): Promise<void> => {
    for (let step = 0; step < 15; step += 1) {
      const key = `writer ${writer} key ${random(12)}`;
      const versions = model.get(key) ?? new Map<string, Buffer>();
      model.set(key, versions);
      const [oldest] = versions.keys();
      if (oldest !== undefined && random(2) === 0) {
        versions.delete(oldest);
        await store.deleteObject({ bucket, key }, { versionId: oldest });
        continue;
      }
      const bytes = bytesOf(`${key} ${random(1000)}`, random(10) === 0 ? 10 : random(130_000));
      versions.set((await store.putObject({ bucket, key }, bytes, plain)).versionId, bytes);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
}

type Started = {
  readonly directory: string;
  readonly store: EmbeddedStore;
  readonly model: Model;
  end(): Promise<void>;
};

/** A store after a restart, with versions in a segment that is complete. */
async function restart(directory: string, random: Random): Promise<Started> {
  const model: Model = new Map();
  const first = await lockDataDirectory(directory);
  const before = await openEmbeddedStore({ directory });
  await before.createBucket({ name: bucket, ownerId: "owner" });
  await before.putBucketVersioning(bucket, "Enabled");
  await churn(before, model, random);
  await before.close();
  await first.release();
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory });
  return {
    directory,
    store,
    model,
    async end() {
      await store.close();
      await lock.release();
    },
  };
}

async function expectModel(store: EmbeddedStore, model: Model): Promise<void> {
  for (const [key, versions] of model) {
    for (const [versionId, bytes] of versions) {
      const opened = await store.openObject({ bucket, key }, versionId);
      const found = opened !== undefined && "bytes" in opened ? Buffer.from(opened.bytes ?? "") : undefined;
      await (opened !== undefined && "close" in opened ? opened.close() : undefined);
      // Not the buffers themselves: to show how they differ takes minutes.
      expect([key, versionId, found?.equals(bytes) ?? bytes.length === 0]).toEqual([key, versionId, true]);
    }
  }
  const { versions } = await store.listVersions(bucket, { prefix: "writer", maxKeys: 10_000 });
  expect(versions).toHaveLength([...model.values()].reduce((sum, { size }) => sum + size, 0));
}

describe("compaction in one process", () => {
  test("takes nothing from another that writes, deletes and reads", { timeout: 30_000 }, async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const random = createRandom(1);
    const { store, model, end } = await restart(directory, random);
    const child = startCompactor(directory);
    await once(child, "message");
    await churn(store, model, random);
    await churn(store, model, random);

    await expectModel(store, model);
    child.send("stop");
    const [totals] = await once(child, "message");
    expect(totals.movedBodies).toBeGreaterThan(0);
    expect(totals.removedSegments).toBeGreaterThan(0);
    expect(totals.damaged).toBe(0);
    await expectModel(store, model);
    await end();
    expect(await checkDataDirectory(directory)).toMatchObject({ findings: [] });
  });

  test.each([
    ["compaction:copied", 3],
    ["compaction:segment-removed", 1],
    ["log:flushed", 2],
    ["checkpoint:index-flushed", 2],
  ] as const)(
    "that is killed at %s, time %i, leaves every version whole",
    { timeout: 30_000 },
    async (point, times) => {
      await using temporary = await createTemporaryDirectory();
      const { directory } = temporary;
      const random = createRandom(times);
      const { store, model, end } = await restart(directory, random);
      await churn(store, model, random);
      const child = startCompactor(directory, point, String(times));
      const killed = once(child, "exit");
      await Promise.all([churn(store, model, random), killed]);
      expect((await killed)[1]).toBe("SIGKILL");
      await expectModel(store, model);
      await end();

      expect(await checkDataDirectory(directory)).toMatchObject({ findings: [] });
      const again = await lockDataDirectory(directory);
      const recovered = await openEmbeddedStore({ directory });
      try {
        await expectModel(recovered, model);
        await recovered.sweepOrphans();
        await recovered.compact({ minDeadRatio: 0.05 });
        await expectModel(recovered, model);
      } finally {
        await recovered.close();
        await again.release();
      }
    },
  );
});
