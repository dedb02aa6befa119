import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import { readBytes } from "../../src/testing/case-tools.ts";
import { createTemporaryDirectory, filesBelow } from "../temporary-store.ts";
import { findDisks, findPrlimit, findStrace } from "./find-disks.ts";
import { bucket, listSizes, openStore } from "./open-store.ts";
import { mountSmallDisk } from "./small-disk.ts";
import { startActor } from "./start-actor.ts";

const hasStrace = !findStrace().isMissing;
const hasPrlimit = !findPrlimit().isMissing;
const hasDisks = !findDisks().isMissing;
const stored = { value: expect.any(String) };
const failed = (message: string) => ({ refused: { code: "InternalError", message: expect.stringContaining(message) } });

/** A directory with a bucket, whose next store has epoch 4: each start and each open store has one. */
async function prepare(directory: string): Promise<{ readonly segment: string }> {
  await (await openStore(directory)).close();
  return { segment: join(directory, "segments", "4", "1") };
}

async function keysAfterRestart(directory: string): Promise<string[]> {
  await using opened = await openStore(directory);
  return [...(await listSizes(opened.store)).keys()];
}

function put(key: string, sizeBytes = 1000) {
  return { do: "put", bucket, key, sizeBytes } as const;
}

describe.skipIf(!hasStrace)("a flush that fails", { timeout: 30_000 }, () => {
  test("of the log fails its batch only: the store goes on in a new segment", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const { segment } = await prepare(directory);
    const lock = await lockDataDirectory(directory);
    await using actor = await startActor(directory);

    expect(await actor.ask(put("a"))).toEqual(stored);
    const mend = await actor.fail("fdatasync", { path: segment, error: "EIO" });
    expect(await actor.ask(put("b"))).toEqual(failed("may be on it or not"));
    expect(await actor.ask({ do: "read", bucket, key: "b" })).toMatchObject({ refused: {} });
    // Nothing more is written to what has failed.
    expect(await actor.ask(put("c"))).toEqual(stored);
    await mend();
    expect(await actor.ask(put("d"))).toEqual(stored);

    expect(await filesBelow(directory, "segments/4")).toHaveLength(2);
    await actor.kill();
    await lock.release();
    expect(await keysAfterRestart(directory)).toEqual(["a", "c", "d"]);
  });

  test("of the log, and cannot be taken back: if the write is there after a restart, then whole", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const { segment } = await prepare(directory);
    const lock = await lockDataDirectory(directory);
    await using actor = await startActor(directory);

    expect(await actor.ask(put("a"))).toEqual(stored);
    await actor.fail("fdatasync,ftruncate", { path: segment, error: "EIO" });
    expect(await actor.ask(put("b", 300_000))).toEqual(failed("may be on it or not"));
    await actor.kill();
    await lock.release();

    await using opened = await openStore(directory);
    expect([...(await listSizes(opened.store)).keys()]).toEqual(["a", "b"]);
    expect(await readBytes(opened.store, bucket, "b")).toHaveLength(300_000);
  });

  test("of the index stops all writes until a restart, and reads go on", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await prepare(directory);
    const lock = await lockDataDirectory(directory);
    await using actor = await startActor(directory);

    const acknowledged = ["0"];
    expect(await actor.ask(put("0"))).toEqual(stored);
    const mend = await actor.fail("fdatasync", { path: join(directory, "index", "data.mdb"), error: "EIO" });
    const putNext = async () => {
      const key = `${acknowledged.length}`;
      const answer = await actor.ask(put(key));
      if ("value" in answer) acknowledged.push(key);
      return answer;
    };
    await expect.poll(putNext, { timeout: 10_000, interval: 100 }).toEqual(failed("restart"));
    await mend();

    expect(await actor.ask(put("late", 300_000))).toEqual(failed("restart"));
    expect(await actor.ask({ do: "read", bucket, key: "0" })).toEqual({ value: 1000 });
    await actor.kill();
    await lock.release();
    expect(await keysAfterRestart(directory)).toEqual(acknowledged.sort());
  });

  test("of what nobody waited for stops all writes: none may be kept without what came before", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const { segment } = await prepare(directory);
    const lock = await lockDataDirectory(directory);
    await using actor = await startActor(directory);

    await actor.ask({ do: "durability", bucket, durability: "relaxed" });
    const mend = await actor.fail("fdatasync", { path: segment, error: "EIO" });
    expect(await actor.ask(put("relaxed"))).toEqual(stored);
    expect(await actor.ask({ do: "durability", bucket, durability: "strict" })).toMatchObject({ refused: {} });
    await mend();
    expect(await actor.ask(put("after"))).toEqual(failed("restart"));
    await actor.kill();
    await lock.release();
    expect(await keysAfterRestart(directory)).toEqual(["relaxed"]);
  });
});

describe.skipIf(!hasStrace)("a commit of the index that fails", { timeout: 30_000 }, () => {
  test.each([
    ["ENOSPC", { refused: { code: "InsufficientStorage" } }],
    ["EIO", { refused: { code: "InternalError" } }],
  ])("with %s is taken back in the log, too, and the store goes on", async (error, refused) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await prepare(directory);
    const lock = await lockDataDirectory(directory);
    await using actor = await startActor(directory);

    expect(await actor.ask(put("a"))).toEqual(stored);
    const path = join(directory, "index", "data.mdb");
    const mend = await actor.fail("write,pwrite64,writev,pwritev,pwritev2", { path, error });
    for (const sizeBytes of [1000, 300_000]) {
      expect(await actor.ask(put("b", sizeBytes))).toMatchObject(refused);
      expect(await actor.ask({ do: "read", bucket, key: "b" })).toMatchObject({ refused: {} });
    }
    expect(await actor.ask({ do: "read", bucket, key: "a" })).toEqual({ value: 1000 });
    await mend();
    expect(await actor.ask(put("c"))).toEqual(stored);

    await actor.kill();
    await lock.release();
    expect(await keysAfterRestart(directory)).toEqual(["a", "c"]);
  });
});

describe.skipIf(!hasStrace)("a quota that is used up", { timeout: 30_000 }, () => {
  test("is a full disk, and ends when there is room", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const { segment } = await prepare(directory);
    const lock = await lockDataDirectory(directory);
    await using actor = await startActor(directory);

    expect(await actor.ask(put("a"))).toEqual(stored);
    const mend = await actor.fail("write,pwrite64,writev,pwritev,pwritev2", { path: segment, error: "EDQUOT" });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await actor.ask(put("b"))).toMatchObject({ refused: { code: "InsufficientStorage" } });
    }
    await mend();
    expect(await actor.ask(put("c"))).toEqual(stored);

    await actor.kill();
    await lock.release();
    expect(await keysAfterRestart(directory)).toEqual(["a", "c"]);
  });
});

describe.skipIf(!hasDisks)("a disk that is gone", { timeout: 30_000 }, () => {
  test("fails writes and holds nobody up; back again, it has all that was acknowledged", async () => {
    await using disk = await mountSmallDisk("ext4", 32);
    const { directory } = disk;
    const opened = await openStore(directory);
    const { store } = opened;
    const body = Buffer.alloc(1000);
    const input = { ownerId: "owner", metadata: { headers: {}, user: {} } };
    for (let count = 0; count < 20; count += 1) await store.putObject({ bucket, key: `${count}` }, body, input);
    await store.putObject({ bucket, key: "large" }, Buffer.alloc(300_000), input);

    await disk.cutOff();
    for (const sizeBytes of [0, 1000, 300_000]) {
      await expect(store.putObject({ bucket, key: "x" }, Buffer.alloc(sizeBytes), input)).rejects.toMatchObject({
        code: expect.stringMatching(/InternalError|InsufficientStorage/),
      });
    }
    await opened.close().catch(() => {});
    await disk.remount();

    const keys = await keysAfterRestart(directory);
    expect(keys).toEqual([...Array.from({ length: 20 }, (_, at) => `${at}`), "large"].sort());
  });
});

describe.skipIf(!hasPrlimit)("too many open files", { timeout: 30_000 }, () => {
  test("fail what needs one, lose nothing, and all goes on when there are some again", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await prepare(directory);
    const lock = await lockDataDirectory(directory);
    await using actor = await startActor(directory, ["prlimit", "--nofile=256:256"]);
    await actor.ask(put("small"));
    await actor.ask(put("large", 300_000));

    await actor.ask({ do: "take-descriptors", left: 0 });
    expect(await actor.ask(put("new", 300_000))).toEqual(failed("too many files are open"));
    expect(await actor.ask({ do: "read", bucket, key: "large" })).toEqual(failed("too many files are open"));
    // Its segment is open.
    expect(await actor.ask(put("new"))).toEqual(stored);
    await actor.ask({ do: "give-descriptors-back" });

    expect(await actor.ask({ do: "read", bucket, key: "large" })).toEqual({ value: 300_000 });
    expect(await actor.ask(put("newer", 300_000))).toEqual(stored);
    await actor.kill();
    await lock.release();
    expect(await keysAfterRestart(directory)).toEqual(["large", "new", "newer", "small"]);
  });
});
