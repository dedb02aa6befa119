import { open, readFile, rename, truncate } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { filesBelow, openTemporaryStore } from "../../../test/temporary-store.ts";
import { minPartBytes, open as openObject, plain } from "../../testing/case-tools.ts";
import type { EmbeddedStore } from "../open-embedded-store.ts";
import type { DamagedBody } from "./damaged-body.ts";

const bucket = "photos";

function bytesOf(text: string, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `${text} `);
}

async function put(store: EmbeddedStore, key: string, sizeBytes: number): Promise<void> {
  await store.putObject({ bucket, key }, bytesOf(key, sizeBytes), plain);
}

async function flip(directory: string, bytes: Buffer): Promise<void> {
  for (const name of ["segments", "blobs"]) {
    for (const path of await filesBelow(directory, name)) {
      const at = (await readFile(path)).indexOf(bytes);
      if (at === -1) continue;
      const file = await open(path, "r+");
      await file.write(Buffer.of(0xff), 0, 1, at + bytes.length - 1);
      await file.close();
      return;
    }
  }
  throw new Error("Expected the bytes to be on the disk");
}

async function findDamage(store: EmbeddedStore): Promise<{ readonly found: DamagedBody[]; readonly damaged: number }> {
  const found: DamagedBody[] = [];
  const { damaged } = await store.scrub({ onDamage: (body) => found.push(body) });
  return { found: found.sort((a, b) => (a.key < b.key ? -1 : 1)), damaged };
}

describe("the scrubber", { timeout: 30_000 }, () => {
  test("reads every body once: versions, parts, and what several versions share", async () => {
    await using temporary = await openTemporaryStore();
    const { store } = temporary;
    await store.putBucketVersioning(bucket, "Enabled");
    for (const sizeBytes of [0, 1, 1000, 131_072, 131_073, 300_000]) await put(store, "a", sizeBytes);
    await store.deleteObject({ bucket, key: "a" });
    await put(store, "shared", 200_000);
    const source = await openObject(store, bucket, "shared");
    for (const key of ["copy 1", "copy 2"]) await store.copyObject(source, { bucket, key }, plain);
    await source.close();
    const upload = await store.createUpload({ bucket, key: "parts" }, plain);
    const part = await store.putPart(upload, bytesOf("part", minPartBytes), { partNumber: 1 });
    await store.completeUpload(upload, { parts: [part] });
    const unfinished = await store.createUpload({ bucket, key: "unfinished" }, plain);
    await store.putPart(unfinished, bytesOf("part", 70_000), { partNumber: 3 });
    let progress = 0;

    const report = await store.scrub({ onProgress: (bytes) => (progress += bytes) });

    const bytes = 1 + 1000 + 131_072 + 131_073 + 300_000 + 200_000 + minPartBytes + 70_000;
    expect(report).toEqual({ isComplete: true, bodies: 8, bytes, damaged: 0 });
    expect(progress).toBe(bytes);
  });

  test("finds what is damaged or missing, in every place, and nothing else", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    await store.putBucketVersioning(bucket, "Enabled");
    for (const key of ["small", "large", "cut", "gone", "fine"]) await put(store, key, 1000);
    for (const key of ["large", "cut", "gone"]) await put(store, key, 200_000);
    await put(store, "small", 2000); // the first one, which is damaged, is not current
    const upload = await store.createUpload({ bucket, key: "parts" }, plain);
    const parts = [
      await store.putPart(upload, bytesOf("one", minPartBytes), { partNumber: 1 }),
      await store.putPart(upload, bytesOf("two", 100_000), { partNumber: 2 }),
    ];
    await store.completeUpload(upload, { parts });
    const unfinished = await store.createUpload({ bucket, key: "unfinished" }, plain);
    await store.putPart(unfinished, bytesOf("three", 70_000), { partNumber: 7 });
    expect(await findDamage(store)).toEqual({ found: [], damaged: 0 });

    await flip(directory, bytesOf("small", 1000));
    for (const text of ["large", "two", "three"]) await flip(directory, bytesOf(text, 70_000));
    const fileOf = async (text: string): Promise<string> => {
      const files = await filesBelow(directory, "blobs");
      const contents = await Promise.all(files.map((path) => readFile(path)));
      return files[contents.findIndex((content) => content.includes(bytesOf(text, 70_000)))] ?? "";
    };
    await truncate(await fileOf("cut"), 100_000);
    const gone = await fileOf("gone");
    await rename(gone, `${gone}.gone`);

    const { found, damaged } = await findDamage(store);

    expect(damaged).toBe(6);
    expect(found).toMatchObject([
      { bucket, key: "cut", problem: "damaged" },
      { bucket, key: "gone", problem: "missing" },
      { bucket, key: "large", problem: "damaged" },
      { bucket, key: "parts", partNumber: 2, problem: "damaged" },
      { bucket, key: "small", problem: "damaged" },
      { bucket, key: "unfinished", uploadId: unfinished.uploadId, partNumber: 7, problem: "damaged" },
    ]);
    const { versions } = await store.listVersions(bucket, { prefix: "small", maxKeys: 2 });
    expect(found[4]?.versionId).toBe(versions[1]?.versionId);
  });

  test("takes nothing for damaged that is deleted, replaced or moved while it reads", async () => {
    await using temporary = await openTemporaryStore();
    const { store } = temporary;
    const keys = Array.from({ length: 200 }, (_, at) => `key ${at}`);
    const churn = async (): Promise<void> => {
      for (let round = 0; round < 4; round += 1) {
        await Promise.all(keys.map((key, at) => put(store, key, at % 10 === 0 ? 140_000 : 90_000)));
        await Promise.all(keys.filter((_, at) => at % 3 === 0).map((key) => store.deleteObject({ bucket, key })));
        await store.compact({ minDeadRatio: 0.1 });
      }
    };
    let isOver = false;
    const churning = churn().finally(() => {
      isOver = true;
    });

    while (!isOver) expect(await findDamage(store)).toEqual({ found: [], damaged: 0 });
    await churning;
  });

  test("stops when it is told to, and when the store is closed", async () => {
    await using temporary = await openTemporaryStore();
    const { store } = temporary;
    await put(store, "a", 1_000_000);
    const stopping = new AbortController();

    const stopped = store.scrub({ bytesPerSecond: 10_000, signal: stopping.signal });
    stopping.abort();
    const closed = store.scrub({ bytesPerSecond: 10_000 });
    await store.close();

    expect(await stopped).toMatchObject({ isComplete: false });
    expect(await closed).toMatchObject({ isComplete: false });
  });

  test("keeps to its rate", async () => {
    await using temporary = await openTemporaryStore();
    const { store } = temporary;
    await put(store, "a", 1_000_000);
    const started = performance.now();

    await store.scrub({ bytesPerSecond: 2_000_000 });

    expect(performance.now() - started).toBeGreaterThan(300);
    await expect(store.scrub({ bytesPerSecond: -1 })).rejects.toThrow(TypeError);
  });
});
