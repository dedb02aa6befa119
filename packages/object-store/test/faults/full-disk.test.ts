import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import type { EmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { minPartBytes, patterned, plain, readBytes } from "../../src/testing/case-tools.ts";
import { filesBelow } from "../temporary-store.ts";
import { findDisks } from "./find-disks.ts";
import { bucket, listSizes, openStore } from "./open-store.ts";
import { mountSmallDisk } from "./small-disk.ts";

const { isMissing } = findDisks();
const noSpace = { code: "InsufficientStorage" };
const large = 300_000;

/** Puts objects until one is refused; resolves to those that were acknowledged. */
async function putUntilFull(store: EmbeddedStore, prefix: string, sizeBytes: number): Promise<Map<string, number>> {
  const acknowledged = new Map<string, number>();
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let count = 0; ; count += 1) {
      const key = `${prefix}/${writer}/${count}`;
      await store.putObject({ bucket, key }, patterned(sizeBytes, count), plain);
      acknowledged.set(key, sizeBytes);
    }
  });
  for (const settled of await Promise.allSettled(writers)) expect(settled).toMatchObject({ reason: noSpace });
  return acknowledged;
}

async function expectAll(store: EmbeddedStore, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  expect(await listSizes(store)).toEqual(new Map([...acknowledged].sort(([a], [b]) => (a < b ? -1 : 1))));
  for (const [key, sizeBytes] of acknowledged) {
    const expected = patterned(sizeBytes, Number(key.split("/")[2]));
    expect((await readBytes(store, bucket, key)).equals(expected), key).toBe(true);
  }
}

function isSmall(key: string): boolean {
  return key.startsWith("small/");
}

/** The last block of a file may have room for some. */
async function deleteUntilGivenUp(
  directory: string,
  keys: readonly string[],
  remove: (key: string) => Promise<void>,
): Promise<void> {
  for (const key of keys) {
    if (!existsSync(join(directory, "reserve"))) return;
    await remove(key);
  }
  expect(existsSync(join(directory, "reserve"))).toBe(false);
}

function put(store: EmbeddedStore, key: string, sizeBytes = 100): Promise<unknown> {
  return store.putObject({ bucket, key }, patterned(sizeBytes), plain);
}

describe.skipIf(isMissing)("a full disk", { timeout: 30_000 }, () => {
  test.each([
    ["ext4", 32],
    ["tmpfs", 24],
  ] as const)(
    "%s: refuses what takes space, keeps what was there, deletes, and writes again",
    async (kind, sizeMib) => {
      await using disk = await mountSmallDisk(kind, sizeMib);
      const { directory } = disk;
      await using opened = await openStore(directory);
      const { store } = opened;
      const upload = await store.createUpload({ bucket, key: "parts/0/0" }, plain);
      const acknowledged = new Map<string, number>();
      for (let count = 0; count < 100; count += 1) {
        await store.putObject({ bucket, key: `small/9/${count}` }, patterned(10, count), plain);
        acknowledged.set(`small/9/${count}`, 10);
      }
      for (const [key, sizeBytes] of await putUntilFull(store, "large", large)) acknowledged.set(key, sizeBytes);
      for (const [key, sizeBytes] of await putUntilFull(store, "small", 30_000)) acknowledged.set(key, sizeBytes);
      const remove = await disk.fill();

      await expect(put(store, "new", large)).rejects.toMatchObject(noSpace);
      await expect(put(store, "new", 20_000)).rejects.toMatchObject(noSpace);
      const part = { partNumber: 1 };
      await expect(store.putPart(upload, patterned(minPartBytes), part)).rejects.toMatchObject(noSpace);

      expect((await store.listParts(upload, { maxParts: 10 })).parts).toEqual([]);
      const files = [...acknowledged.values()].filter((sizeBytes) => sizeBytes === large).length;
      expect(await filesBelow(directory, "blobs")).toHaveLength(files);
      await expectAll(store, acknowledged);

      await deleteUntilGivenUp(directory, [...acknowledged.keys()].filter(isSmall), async (key) => {
        await store.deleteObject({ bucket, key });
        acknowledged.delete(key);
      });
      // What the reserve was is for deletes.
      await expect(put(store, "new")).rejects.toMatchObject(noSpace);
      await expect(put(store, "new", large)).rejects.toMatchObject(noSpace);
      await store.abortUpload(upload);
      await expectAll(store, acknowledged);

      await remove();
      for (const key of [...acknowledged.keys()].filter((key) => !isSmall(key)).slice(0, 20)) {
        await store.deleteObject({ bucket, key });
        acknowledged.delete(key);
      }
      await vi.waitFor(() => put(store, "new/0/1", large), { timeout: 10_000, interval: 100 });
      acknowledged.set("new/0/1", large);
      expect(existsSync(join(directory, "reserve"))).toBe(true);
      await expectAll(store, acknowledged);
    },
  );

  test("lets a start happen, and deletes after it, without a byte to spare", async () => {
    // The second start has what the first one has left of the reserve.
    for (const [kind, starts] of [
      ["ext4", 1],
      ["tmpfs", 3],
    ] as const) {
      await using disk = await mountSmallDisk(kind, 24);
      const { directory } = disk;
      const first = await openStore(directory);
      const acknowledged = await putUntilFull(first.store, "large", large);
      await first.close();
      await disk.fill();

      for (let start = 0; start < starts; start += 1) {
        await using opened = await openStore(directory);
        await expectAll(opened.store, acknowledged);
        const [key = ""] = acknowledged.keys();
        await opened.store.deleteObject({ bucket, key });
        acknowledged.delete(key);
        const checkpoint = opened.next("checkpoint:written");
        await opened.close();
        await checkpoint;
      }
    }
  });

  test("in the middle of a commit of the index leaves the index as it was, and usable", async () => {
    vi.spyOn(console, "error").mockReturnValue(); // lmdb reports failed commits there as well
    // Bodies of no bytes: nearly all of the space is pages of the index.
    for (const [kind, sizeMib] of [
      ["ext4", 24],
      ["tmpfs", 24],
    ] as const) {
      await using disk = await mountSmallDisk(kind, sizeMib);
      const { directory } = disk;
      const opened = await openStore(directory);
      const remove = await disk.fill();
      const acknowledged = await putUntilFull(opened.store, "empty", 0);

      await expectAll(opened.store, acknowledged);
      const keys = [...acknowledged.keys()];
      for (const key of keys.slice(0, 50)) {
        await opened.store.deleteObject({ bucket, key });
        acknowledged.delete(key);
      }
      await remove();
      await vi.waitFor(() => put(opened.store, "new/0/1", 0), { timeout: 10_000, interval: 100 });
      acknowledged.set("new/0/1", 0);
      await opened.close();
      await using again = await openStore(directory);
      await expectAll(again.store, acknowledged);
    }
    vi.restoreAllMocks();
  });

  // How much room the file system finds for a delete on a disk that was just filled is chance.
  test("of small objects: deletes and a compaction give the space back", { retry: 3 }, async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    const { directory } = disk;
    const first = await openStore(directory);
    const acknowledged = await putUntilFull(first.store, "small", 100_000);
    await first.close(); // the segment of a store that is over is complete
    await disk.fill();
    await using opened = await openStore(directory);
    for (const key of acknowledged.keys()) await opened.store.deleteObject({ bucket, key });

    const { removedBytes } = await opened.store.compact();

    expect(removedBytes).toBeGreaterThan(10 * 2 ** 20);
    for (let count = 0; count < 20; count += 1) {
      await vi.waitFor(() => put(opened.store, `new/${count}`, 100_000), { timeout: 10_000, interval: 100 });
    }
  });

  test("does not let delete markers use up what removing versions needs", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    await using opened = await openStore(disk.directory);
    const { store } = opened;
    await store.putBucketVersioning(bucket, "Enabled");
    const versions = new Map<string, string>();
    for (let count = 0; count < 50; count += 1) {
      const { key, versionId } = await store.putObject({ bucket, key: `small/${count}` }, patterned(100), plain);
      versions.set(key, versionId);
    }
    await putUntilFull(store, "large", large);
    await disk.fill();
    await deleteUntilGivenUp(disk.directory, [...versions.keys()], async (key) => {
      await store.deleteObject({ bucket, key }, { versionId: versions.get(key) ?? "" });
    });

    await expect(store.deleteObject({ bucket, key: "large/0/0" })).rejects.toMatchObject(noSpace);
    expect(await store.headObject({ bucket, key: "large/0/0" })).toMatchObject({ isDeleteMarker: false });
  });

  test("does not fill with segments when writes go on failing", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    await using opened = await openStore(disk.directory);
    await disk.fill();
    const before = (await filesBelow(disk.directory, "segments")).length;

    for (let count = 0; count < 20; count += 1) {
      await expect(put(opened.store, "x", 20_000)).rejects.toMatchObject(noSpace);
    }

    expect(await filesBelow(disk.directory, "segments")).toHaveLength(before);
  });

  test("is a reason not to start for the first time, with a sentence that says so", async () => {
    await using disk = await mountSmallDisk("tmpfs", 4);
    await disk.fill();

    await expect(lockDataDirectory(disk.directory)).rejects.toMatchObject({
      code: "DataDirectoryUnusable",
      message: expect.stringContaining("full"),
    });
  });
});
