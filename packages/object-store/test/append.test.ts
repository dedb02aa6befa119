import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkDataDirectory } from "../src/embedded/check/check-data-directory.ts";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { bodyOf, collect, open, patterned, plain, readBytes } from "../src/testing/case-tools.ts";
import { appendBody, ledger } from "./append-body.ts";
import { filesBelow, openTemporaryStore } from "./temporary-store.ts";

const bucket = "photos";

function start(child: string, directory: string, ...options: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`./children/${child}.ts`, import.meta.url)), [directory, ...options], {
    execArgv: ["--conditions=@stave/source"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** How long the ledger of a child is, as far as it has been told. */
function watchLedger(child: ChildProcess): () => number {
  let sizeBytes = 0;
  child.on("message", (told: number) => {
    sizeBytes = told;
  });
  return () => sizeBytes;
}

/** Every object is a beginning of the same bytes. */
async function expectWhole(store: EmbeddedStore): Promise<ReadonlyMap<string, number>> {
  const { objects } = await store.listObjects(bucket, { maxKeys: 1000 });
  for (const { key, sizeBytes } of objects) {
    const isWhole = appendBody(0, sizeBytes).equals(await readBytes(store, bucket, key));
    expect([key, sizeBytes, isWhole]).toEqual([key, sizeBytes, true]);
  }
  return new Map(objects.map(({ key, sizeBytes }) => [key, sizeBytes]));
}

describe("appending and renaming", () => {
  test("in two processes beside readers and compaction loses and leaves nothing", { timeout: 60_000 }, async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store, lock } = temporary;
    const children = [start("appender", directory, "one"), start("appender", directory, "two")];
    const ledgers = children.map(watchLedger);
    const compactor = start("compactor", directory);

    await expect
      .poll(() => Math.min(...ledgers.map((sizeOf) => sizeOf())), { timeout: 40_000, interval: 20 })
      .toBeGreaterThan(200_000);
    const ends = [...children, compactor].map((child) => once(child, "exit"));
    for (const child of [...children, compactor]) child.send("stop");
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);

    const sizes = await expectWhole(store);
    expect([sizes.get(`one/${ledger}`), sizes.get(`two/${ledger}`)]).toEqual(ledgers.map((sizeOf) => sizeOf()));
    for (const key of sizes.keys()) await store.deleteObject({ bucket, key });
    await store.close();
    expect(await filesBelow(directory, "blobs")).toEqual([]);
    await lock.release();
    expect(await checkDataDirectory(directory)).toMatchObject({ findings: [] });
  });

  test.each([
    ["file:flushed", 40],
    ["log:appended", 60],
    ["log:flushed", 61],
    ["index:committed", 62],
    ["garbage:files-removed", 5],
    ["checkpoint:index-flushed", 1],
  ] as const)("killed at %s, time %i, keeps what was acknowledged", { timeout: 60_000 }, async (point, times) => {
    await using temporary = await openTemporaryStore();
    const { directory, store, lock } = temporary;
    const child = start("appender", directory, "one", point, String(times));
    const ledgerBytes = watchLedger(child);
    expect((await once(child, "exit"))[1]).toBe("SIGKILL");
    await store.close();
    await lock.release();

    expect(await checkDataDirectory(directory)).toMatchObject({ findings: [] });
    const again = await lockDataDirectory(directory);
    const recovered = await openEmbeddedStore({ directory });
    try {
      const sizes = await expectWhole(recovered);
      // One append may have been committed, and not answered.
      expect([0, 1000]).toContain((sizes.get(`one/${ledger}`) ?? 0) - ledgerBytes());
      await recovered.sweepOrphans();
      await recovered.compact({ minDeadRatio: 0.05 });
      await expectWhole(recovered);
      for (const key of sizes.keys()) await recovered.deleteObject({ bucket, key });
    } finally {
      await recovered.close();
      await again.release();
    }
    expect(await filesBelow(directory, "blobs")).toEqual([]);
    expect(await checkDataDirectory(directory)).toMatchObject({ findings: [] });
  });
});

describe("the parts of an object that grows", () => {
  const address = { bucket, key: "log" };

  test("are files that copies share, and go with the last of them", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    await store.putObject(address, bodyOf(patterned(200_000)), plain);
    const source = await open(store, bucket, "log");
    await store.copyObject(source, { bucket, key: "copy" }, plain);
    await store.appendObject(address, Buffer.from("more"), { ...plain, offsetBytes: 200_000 });
    expect(await filesBelow(directory, "blobs")).toHaveLength(2);

    await store.deleteObject(address);
    await store.sweepOrphans();
    expect(await filesBelow(directory, "blobs")).toHaveLength(1);
    expect(patterned(200_000).equals(await readBytes(store, bucket, "copy"))).toBe(true);
    await store.deleteObject({ bucket, key: "copy" });

    expect(await filesBelow(directory, "blobs")).toHaveLength(0);
    expect(patterned(200_000).equals(await collect(source.read()))).toBe(true);
    await source.close();
  });

  test("are 10,000 at the most", { timeout: 30_000 }, async () => {
    await using temporary = await openTemporaryStore();
    const { store } = temporary;
    const upload = await store.createUpload(address, plain);
    const last = await store.putPart(upload, Buffer.from("first"), { partNumber: 9_999 });
    await store.completeUpload(upload, { parts: [last] });

    await store.appendObject(address, Buffer.from("second"), { ...plain, offsetBytes: 5 });

    const third = store.appendObject(address, Buffer.from("third"), { ...plain, offsetBytes: 11 });
    await expect(third).rejects.toMatchObject({ code: "TooManyParts" });
    expect((await readBytes(store, bucket, "log")).toString()).toBe("firstsecond");
  });
});
