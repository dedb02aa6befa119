import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { collect, minPartBytes, open, patterned, plain, readBytes } from "../../src/testing/case-tools.ts";
import { findDisks } from "./find-disks.ts";
import { bucket, listSizes, openStore } from "./open-store.ts";
import { mountSmallDisk } from "./small-disk.ts";

const { isMissing } = findDisks();
const readOnly = { code: "InternalError", message: expect.stringContaining("read-only") };
/** The index may have had pages that a checkpoint could not write any more: then the store has stopped for good. */
const readOnlyOrStopped = { code: "InternalError", message: expect.stringMatching(/read-only|restart/) };

describe.skipIf(isMissing)("a file system that has become read-only", { timeout: 30_000 }, () => {
  test("under a running store: reads go on, writes say why they fail, and a restart on the mended disk has it all", async () => {
    await using disk = await mountSmallDisk("ext4", 48);
    const { directory } = disk;
    const opened = await openStore(directory);
    const { store } = opened;
    const bodies = new Map([
      ["small", patterned(1000)],
      ["large", patterned(300_000)],
      ["parts", patterned(minPartBytes + 1000)],
    ]);
    for (const key of ["small", "large"]) {
      await store.putObject({ bucket, key }, bodies.get(key) ?? Buffer.alloc(0), plain);
    }
    const upload = await store.createUpload({ bucket, key: "parts" }, plain);
    const parts = [];
    for (const [at, part] of [
      bodies.get("parts")?.subarray(0, minPartBytes),
      bodies.get("parts")?.subarray(minPartBytes),
    ].entries()) {
      parts.push(await store.putPart(upload, part ?? Buffer.alloc(0), { partNumber: at + 1 }));
    }
    await store.completeUpload(upload, { parts });
    const pinned = await open(store, bucket, "parts");

    await disk.makeReadOnly();

    expect((await collect(pinned.read())).equals(bodies.get("parts") ?? Buffer.alloc(0))).toBe(true);
    await pinned.close();
    for (const [key, body] of bodies) expect((await readBytes(store, bucket, key)).equals(body), key).toBe(true);
    expect([...(await listSizes(store)).keys()].sort()).toEqual(["large", "parts", "small"]);
    for (const sizeBytes of [0, 1000, 300_000]) {
      await expect(store.putObject({ bucket, key: "new" }, patterned(sizeBytes), plain)).rejects.toMatchObject(
        readOnlyOrStopped,
      );
    }
    await expect(store.deleteObject({ bucket, key: "small" })).rejects.toMatchObject(readOnlyOrStopped);
    await expect(store.createUpload({ bucket, key: "new" }, plain)).rejects.toMatchObject(readOnlyOrStopped);
    expect([...(await listSizes(store)).keys()].sort()).toEqual(["large", "parts", "small"]);

    await opened.close();
    await expect(lockDataDirectory(directory)).rejects.toMatchObject({
      code: "DataDirectoryUnusable",
      message: expect.stringContaining("read-only"),
    });
    await disk.remount();
    await using again = await openStore(directory);
    for (const [key, body] of bodies) expect((await readBytes(again.store, bucket, key)).equals(body), key).toBe(true);
    await again.store.putObject({ bucket, key: "new" }, patterned(1000), plain);
    await again.store.sweepOrphans();
    expect(await readdir(join(directory, "pins"))).toEqual([]);
  });

  test("before a start: it is refused and changes nothing; writable again, it starts", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    const { directory } = disk;
    const opened = await openStore(directory);
    await opened.store.putObject({ bucket, key: "a" }, patterned(1000), plain);
    await opened.close();

    await disk.remount("ro");
    await expect(lockDataDirectory(directory)).rejects.toMatchObject({
      code: "DataDirectoryUnusable",
      message: expect.stringContaining("read-only"),
    });
    await expect(openEmbeddedStore({ directory })).rejects.toMatchObject(readOnly);

    await disk.remount("rw");
    await using again = await openStore(directory);
    expect(await readBytes(again.store, bucket, "a")).toHaveLength(1000);
  });
});
