import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkDataDirectory } from "../src/embedded/check/check-data-directory.ts";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { plain } from "../src/testing/case-tools.ts";
import { openTemporaryStore } from "./temporary-store.ts";

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
async function churn(store: EmbeddedStore, random: Random, steps: number): Promise<Model> {
  const model: Model = new Map();
  const write = async (writer: number): Promise<void> => {
    for (let step = 0; step < steps; step += 1) {
      const key = `writer ${writer} key ${random(12)}`;
      const versions = model.get(key) ?? new Map<string, Buffer>();
      model.set(key, versions);
      const [oldest] = versions.keys();
      if (versions.size > 2 && oldest !== undefined) {
        await store.deleteObject({ bucket, key }, { versionId: oldest });
        versions.delete(oldest);
        continue;
      }
      const bytes = bytesOf(`${key} ${step}`, random(10) === 0 ? 10 : random(130_000));
      versions.set((await store.putObject({ bucket, key }, bytes, plain)).versionId, bytes);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
  return model;
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
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    await store.putBucketVersioning(bucket, "Enabled");
    const child = startCompactor(directory);
    await once(child, "message");
    const model = await churn(store, createRandom(1), 350);

    await expectModel(store, model);
    child.send("stop");
    const [totals] = await once(child, "message");
    expect(totals.movedBodies).toBeGreaterThan(0);
    expect(totals.removedSegments).toBeGreaterThan(0);
    expect(totals.damaged).toBe(0);
    await expectModel(store, model);
    await once(child, "exit");
    await store.close();
    await temporary.lock.release();
    expect(await checkDataDirectory(directory)).toMatchObject({ findings: [] });
  });

  test.each([
    ["compaction:copied", 3],
    ["compaction:segment-removed", 1],
    ["log:flushed", 2],
    ["checkpoint:index-flushed", 2],
  ] as const)(
    "that is killed at %s, the %ith time, leaves every version whole",
    { timeout: 30_000 },
    async (point, times) => {
      await using temporary = await openTemporaryStore();
      const { directory, store, lock } = temporary;
      await store.putBucketVersioning(bucket, "Enabled");
      const model = await churn(store, createRandom(times), 90);
      const child = startCompactor(directory, point, String(times));
      const killed = once(child, "exit");
      let isKilled = false;
      killed.then(() => {
        isKilled = true;
      });
      const random = createRandom(7);
      for (const [key, versions] of model) {
        for (const versionId of versions.keys()) {
          if (random(3) > 0) continue;
          await store.deleteObject({ bucket, key }, { versionId });
          versions.delete(versionId);
        }
      }
      // Goes on until the child has come to its point.
      const filler = bytesOf("filler", 120_000);
      while (!isKilled) await store.putObject({ bucket, key: "filler" }, filler, plain);
      expect((await killed)[1]).toBe("SIGKILL");
      await expectModel(store, model);
      await store.close();
      await lock.release();

      expect(await checkDataDirectory(directory)).toMatchObject({ findings: [] });
      const again = await lockDataDirectory(directory);
      const recovered = await openEmbeddedStore({ directory });
      try {
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
