import { describe, expect, test } from "vitest";
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import { patterned, plain, readBytes } from "../../src/testing/case-tools.ts";
import { createTemporaryDirectory } from "../temporary-store.ts";
import { findDisks } from "./find-disks.ts";
import { bucket, listSizes, openStore } from "./open-store.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { startActor } from "./start-actor.ts";

const { isMissing } = findDisks();
const stored = { value: expect.any(String) };

test("a killed process loses nothing of what it acknowledged to a relaxed bucket", { timeout: 30_000 }, async () => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  await (await openStore(directory)).close();
  const lock = await lockDataDirectory(directory);
  await using actor = await startActor(directory);
  await actor.ask({ do: "durability", bucket, durability: "relaxed" });
  const sizes = new Map(Array.from({ length: 100 }, (_, at) => [`${at}`.padStart(3, "0"), at * 2000]));

  for (const [key, sizeBytes] of sizes) {
    expect(await actor.ask({ do: "put", bucket, key, sizeBytes })).toEqual(stored);
  }
  await actor.kill();
  await lock.release();

  await using opened = await openStore(directory);
  expect(await listSizes(opened.store)).toEqual(sizes);
  for (const [key, sizeBytes] of sizes) {
    expect((await readBytes(opened.store, bucket, key)).equals(patterned(sizeBytes)), key).toBe(true);
  }
});

/** What a power cut leaves: everything that has reached the disk, and nothing else. */
async function keysAfterPowerCut(disk: SmallDisk, close: () => Promise<void>): Promise<string[]> {
  await disk.cutOff();
  await close().catch(() => {}); // it cannot write any more, and says so
  await disk.remount();
  await using again = await openStore(disk.directory);
  const sizes = await listSizes(again.store);
  for (const [key, sizeBytes] of sizes) expect(await readBytes(again.store, bucket, key)).toHaveLength(sizeBytes);
  return [...sizes.keys()];
}

describe.skipIf(isMissing)("what was written to a relaxed bucket", { timeout: 30_000 }, () => {
  test("is on the disk with the next checkpoint, a second later at most", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    const opened = await openStore(disk.directory);
    await opened.store.putBucketDurability(bucket, "relaxed");
    const checkpoint = opened.next("checkpoint:written");
    const started = performance.now();

    for (let count = 0; count < 50; count += 1) {
      await opened.store.putObject({ bucket, key: `${count}` }, patterned(1000), plain);
    }
    const writtenMs = performance.now() - started;
    await checkpoint;
    expect(performance.now() - started).toBeLessThan(writtenMs + 5_000);
    // A checkpoint that was under way when the writes began has them not.
    await opened.store.putObject({ bucket, key: "last" }, patterned(1000), plain);
    await opened.next("checkpoint:written");

    expect(await keysAfterPowerCut(disk, opened.close)).toHaveLength(51);
  });

  test("is on the disk when the bucket is strict again", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    const opened = await openStore(disk.directory);
    await opened.store.putBucketDurability(bucket, "relaxed");
    await opened.store.putObject({ bucket, key: "a" }, patterned(1000), plain);

    await opened.store.putBucketDurability(bucket, "strict");

    expect(await keysAfterPowerCut(disk, opened.close)).toEqual(["a"]);
  });

  test("by another process is on the disk before a strict write that comes after it", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    const { directory } = disk;
    const opened = await openStore(directory);
    await opened.store.createBucket({ name: "strict", ownerId: "owner" });
    await opened.store.putBucketDurability(bucket, "relaxed");
    await using other = await startActor(directory);
    expect(await other.ask({ do: "put", bucket, key: "relaxed", sizeBytes: 1000 })).toEqual(stored);

    other.stop(); // it cannot flush it itself
    await opened.store.putObject({ bucket: "strict", key: "strict" }, patterned(1000), plain);
    const keys = await keysAfterPowerCut(disk, async () => {
      await other.kill();
      await opened.close();
    });

    expect(keys).toEqual(["relaxed"]);
  });

  test("may be taken back by a power cut before that, whole, and the store starts", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    const opened = await openStore(disk.directory);
    await opened.store.putObject({ bucket, key: "strict" }, patterned(1000), plain);
    await opened.store.putBucketDurability(bucket, "relaxed");
    for (const sizeBytes of [0, 1000, 100_000, 300_000]) {
      await opened.store.putObject({ bucket, key: `relaxed ${sizeBytes}` }, patterned(sizeBytes), plain);
    }

    expect(await keysAfterPowerCut(disk, opened.close)).toContain("strict");
  });
});
