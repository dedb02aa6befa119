import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow, openTemporaryStore } from "../../test/temporary-store.ts";
import { lockDataDirectory } from "./data-directory.ts";
import { openEmbeddedStore } from "./open-embedded-store.ts";

describe("lockDataDirectory", () => {
  test("creates the directory for its owner alone, with the format it has", async () => {
    await using temporary = await createTemporaryDirectory();
    const directory = join(temporary.directory, "made", "on the way");

    const lock = await lockDataDirectory(directory);
    await lock.release();
    await lock.release();

    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(join(directory, "format.json"), "utf8"))).toEqual({ format: 2 });
  });

  test("refuses a directory that this process holds already, until it is released", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const lock = await lockDataDirectory(directory);

    await expect(lockDataDirectory(directory)).rejects.toMatchObject({ code: "DataDirectoryInUse" });
    await lock.release();

    await (await lockDataDirectory(directory)).release();
  });

  test("refuses what is not a directory", async () => {
    await using temporary = await createTemporaryDirectory();
    const file = join(temporary.directory, "file");
    await writeFile(file, "");

    for (const path of [file, join(file, "below")]) {
      await expect(lockDataDirectory(path)).rejects.toMatchObject({
        code: "DataDirectoryUnusable",
        message: expect.stringContaining("not a directory"),
      });
    }
  });

  test("refuses a directory with something else in it, and leaves it alone", async () => {
    await using temporary = await createTemporaryDirectory();
    await writeFile(join(temporary.directory, "letter.txt"), "mine");

    await expect(lockDataDirectory(temporary.directory)).rejects.toMatchObject({
      code: "DataDirectoryUnusable",
      message: expect.stringContaining("letter.txt"),
    });

    expect(await filesBelow(temporary.directory, ".")).toHaveLength(1);
  });

  test("takes the root of a new disk, and goes on with a first start that was cut off", async () => {
    await using temporary = await createTemporaryDirectory();
    await mkdir(join(temporary.directory, "lost+found"));
    await writeFile(join(temporary.directory, "format.json.new"), "{");

    await (await lockDataDirectory(temporary.directory)).release();
  });

  test.each([
    ["another format", '{"format":3}', "UnsupportedFormat"],
    ["a format that is no number", '{"format":"1"}', "UnsupportedFormat"],
    ["no format", "null", "UnsupportedFormat"],
    ["a damaged file", '{"form', "DataDirectoryUnusable"],
  ])("refuses %s, when locking and when opening", async (_title, content, code) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await (await lockDataDirectory(directory)).release();
    await writeFile(join(directory, "format.json"), content);

    await expect(lockDataDirectory(directory)).rejects.toMatchObject({ code });
    await expect(openEmbeddedStore({ directory })).rejects.toMatchObject({ code });
    await writeFile(join(directory, "format.json"), '{"format":2}');
    await (await lockDataDirectory(directory)).release();
  });

  test("waits until the stores of an earlier owner are closed, but not for ever", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store, lock } = temporary;
    await lock.release();

    await expect(lockDataDirectory(directory, { waitMs: 100 })).rejects.toMatchObject({ code: "DataDirectoryInUse" });
    const [next] = await Promise.all([lockDataDirectory(directory), store.close()]);

    await next.release();
  });
});

describe("openEmbeddedStore", () => {
  test("refuses a directory that was never locked", async () => {
    await using temporary = await createTemporaryDirectory();

    await expect(openEmbeddedStore({ directory: temporary.directory })).rejects.toMatchObject({
      code: "DataDirectoryUnusable",
    });
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 21])("throws a TypeError for smallMaxBytes %s", async (smallMaxBytes) => {
    await expect(openEmbeddedStore({ directory: "unused", smallMaxBytes })).rejects.toThrow(TypeError);
  });
});
