import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkDataDirectory } from "../src/embedded/check/check-data-directory.ts";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { bodyOf, open, patterned, plain, put, readBytes, readText } from "../src/testing/case-tools.ts";
import { churnBody } from "./churn-body.ts";
import { createTemporaryDirectory, openTemporaryStore } from "./temporary-store.ts";

const bucket = "photos";

async function withStoreIn<T>(directory: string, use: (store: EmbeddedStore) => Promise<T>): Promise<T> {
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory });
  try {
    return await use(store);
  } finally {
    await store.close();
    await lock.release();
  }
}

async function startChurn(directory: string, name: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("./children/churn.ts", import.meta.url)), [directory, name], {
    execArgv: ["--conditions=@stave/source"],
  });
  await once(child, "message");
  return child;
}

test("a snapshot is a store of its own, whatever becomes of the original", async () => {
  await using temporary = await openTemporaryStore();
  await using elsewhere = await createTemporaryDirectory();
  const { store } = temporary;
  const target = join(elsewhere.directory, "a", "snapshot");
  const large = patterned(300_000);
  await store.putBucketVersioning(bucket, "Enabled");
  await put(store, bucket, "small", "first");
  const { versionId } = await put(store, bucket, "small", "second");
  await store.putObject({ bucket, key: "large" }, bodyOf(large), plain);
  const source = await open(store, bucket, "large");
  await store.copyObject(source, { bucket, key: "copy" }, plain);
  await source.close();
  const upload = await store.createUpload({ bucket, key: "parts" }, plain);
  const part = await store.putPart(upload, bodyOf(patterned(70_000)), { partNumber: 1 });

  const report = await store.snapshot(target);
  await store.deleteObject({ bucket, key: "small" }, { versionId });
  await store.deleteObject({ bucket, key: "large" });
  await put(store, bucket, "later");
  await store.completeUpload(upload, { parts: [part] });

  expect(report).toMatchObject({ files: 2, segments: 1, missing: 0, linked: 2 });
  expect(await checkDataDirectory(target)).toMatchObject({ findingCount: 0, reclaimableFiles: 0 });
  await withStoreIn(target, async (copy) => {
    const { versions } = await copy.listVersions(bucket, { maxKeys: 1000 });
    expect(versions.map(({ key, isLatest }) => [key, isLatest])).toEqual([
      ["copy", true],
      ["large", true],
      ["small", true],
      ["small", false],
    ]);
    expect(await readText(copy, bucket, "small")).toBe("second");
    expect((await readBytes(copy, bucket, "copy")).equals(large)).toBe(true);
    await copy.completeUpload(upload, { parts: [part] });
    expect((await readBytes(copy, bucket, "parts")).equals(patterned(70_000))).toBe(true);
    await put(copy, bucket, "large", "x".repeat(200_000));
  });
  expect(await store.listObjects(bucket, { maxKeys: 10 })).toMatchObject({
    objects: [{ key: "copy" }, { key: "later" }, { key: "parts" }, { key: "small", etag: expect.any(String) }],
  });
  expect((await stat(target)).mode & 0o777).toBe(0o700);
});

test("a snapshot beside two busy processes shows one moment, whole, and gives their space back", {
  timeout: 30_000,
}, async () => {
  await using temporary = await openTemporaryStore();
  await using elsewhere = await createTemporaryDirectory();
  const { directory, store } = temporary;
  await store.putBucketDurability(bucket, "strict");
  const children = [await startChurn(directory, "one"), await startChurn(directory, "two")];
  const targets = [1, 2, 3].map((n) => join(elsewhere.directory, String(n)));

  // Two of one process wait for each other, and so do their holds.
  await store.snapshot(targets[0] ?? "");
  await Promise.all(targets.slice(1).map((target) => store.snapshot(target)));
  const written = await Promise.all(
    children.map(async (child) => {
      const answered = once(child, "message");
      child.send("stop");
      return (await answered)[0];
    }),
  );
  const report = await store.sweepOrphans();
  await store.close();
  await temporary.lock.release();

  expect(written.every((count) => count > 3)).toBe(true);
  for (const target of targets) {
    expect(await checkDataDirectory(target)).toMatchObject({ findings: [] });
    await withStoreIn(target, async (copy) => {
      const { objects } = await copy.listObjects(bucket, { maxKeys: 1000 });
      expect(objects.length).toBeGreaterThan(0);
      for (const { key } of objects)
        expect((await readBytes(copy, bucket, key)).equals(churnBody(key)), key).toBe(true);
      for (const name of ["one", "two"]) {
        const numbers = objects.flatMap(({ key }) => (key.startsWith(name) ? [Number(key.slice(4))] : []));
        expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
      }
    });
  }
  expect(report).toMatchObject({ orphanFiles: 0 });
  expect(await checkDataDirectory(directory)).toMatchObject({ findings: [], reclaimableFiles: 0 });
});

test("a target that is in use, or in the data directory, is refused, and nothing in it is touched", async () => {
  await using temporary = await openTemporaryStore();
  await using elsewhere = await createTemporaryDirectory();
  const { directory, store } = temporary;
  await writeFile(join(elsewhere.directory, "mine"), "x");
  await mkdir(join(elsewhere.directory, "empty"));

  await expect(store.snapshot(elsewhere.directory)).rejects.toMatchObject({ code: "DataDirectoryUnusable" });
  await expect(store.snapshot(directory)).rejects.toMatchObject({ code: "DataDirectoryUnusable" });
  await expect(store.snapshot(join(directory, "snapshot"))).rejects.toMatchObject({ code: "DataDirectoryUnusable" });
  await store.snapshot(join(elsewhere.directory, "empty"));

  expect(await readdir(elsewhere.directory)).toEqual(["empty", "mine"]);
  expect(await readdir(directory)).not.toContain("snapshot");
});
