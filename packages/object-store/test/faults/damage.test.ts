import {
  copyFile,
  cp,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";
import { createBatchBuffers } from "../../src/embedded/log/batch-buffers.ts";
import { addCommit } from "../../src/embedded/log/commit-record.ts";
import { readSegment, type SegmentRecord } from "../../src/embedded/log/read-segment.ts";
import type { EmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { collect, minPartBytes, open, patterned, plain, readBytes } from "../../src/testing/case-tools.ts";
import { createTemporaryDirectory, filesBelow } from "../temporary-store.ts";
import { bucket, listSizes, openStore } from "./open-store.ts";

const damaged = { code: "ObjectDamaged" };
const block = 65_536;
const largeBytes = 4 * block + 1000;

async function flip(path: string, position: number): Promise<void> {
  const file = await openFile(path, "r+");
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ 0x10;
    await file.write(byte, 0, 1, position);
  } finally {
    await file.close();
  }
}

async function recordsOf(path: string): Promise<readonly SegmentRecord[]> {
  const file = await openFile(path, "r");
  try {
    const records: SegmentRecord[] = [];
    for await (const record of readSegment(file)) records.push(record);
    return records;
  } finally {
    await file.close();
  }
}

/** The segment with records, of the only store that has written. */
async function findSegment(directory: string): Promise<string> {
  for (const path of await filesBelow(directory, "segments")) if ((await stat(path)).size > 0) return path;
  throw new Error("no segment has a record");
}

function bodyAt(records: readonly SegmentRecord[], key: string): SegmentRecord {
  const record = records.find(({ owner }) => owner.subarray(4).toString() === key);
  if (record === undefined) throw new Error(`no record belongs to ${key}`);
  return record;
}

async function put(store: EmbeddedStore, key: string, sizeBytes: number): Promise<void> {
  await store.putObject({ bucket, key }, patterned(sizeBytes), plain);
}

/** A directory as a crash leaves it, with three small objects whose commits no checkpoint has. */
async function crash(directory: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const original = join(directory, `original ${attempt}`);
    const copy = join(directory, `copy ${attempt}`);
    await using opened = await openStore(original);
    // Of the bucket: the next one is a second away.
    await vi.waitUntil(() => opened.passed("checkpoint:written") > 1, { timeout: 10_000 });
    const checkpoints = opened.passed("checkpoint:begun");
    for (const key of ["a", "b", "c"]) await put(opened.store, key, 1000);
    await cp(original, copy, { recursive: true });
    if (opened.passed("checkpoint:begun") === checkpoints) return copy;
  }
}

const template = { directory: "", crashed: "" };

beforeAll(async () => {
  template.directory = await mkdtemp(join(tmpdir(), "stave-store-"));
  template.crashed = await crash(template.directory);
}, 60_000);

afterAll(() => rm(template.directory, { recursive: true, force: true }));

async function crashed(directory: string): Promise<{ readonly copy: string; readonly segment: string }> {
  const copy = join(directory, "copy");
  await cp(template.crashed, copy, { recursive: true });
  return { copy, segment: await findSegment(copy) };
}

describe("a damaged body", () => {
  test.each([
    ["its bytes", (record: SegmentRecord) => record.offset + 500],
    ["the last one of them", (record: SegmentRecord) => record.offset + 999],
  ])("in a segment, %s: is not read and not copied; all else goes on", async (_title, positionIn) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await using opened = await openStore(directory);
    const { store } = opened;
    for (const key of ["a", "b"]) await put(store, key, 1000);
    const segment = await findSegment(directory);
    await flip(segment, positionIn(bodyAt(await recordsOf(segment), "a")));

    await expect(store.openObject({ bucket, key: "a" })).rejects.toMatchObject(damaged);
    expect(await store.headObject({ bucket, key: "a" })).toMatchObject({ sizeBytes: 1000 });
    expect((await listSizes(store)).get("a")).toBe(1000);
    expect((await readBytes(store, bucket, "b")).equals(patterned(1000))).toBe(true);
    await put(store, "a", 2000);
    expect((await readBytes(store, bucket, "a")).equals(patterned(2000))).toBe(true);
  });

  test("is no obstacle to a start, also when its commit is in the log alone", async () => {
    await using temporary = await createTemporaryDirectory();
    const { copy, segment } = await crashed(temporary.directory);
    await flip(segment, bodyAt(await recordsOf(segment), "a").offset);

    await using opened = await openStore(copy);
    await expect(opened.store.openObject({ bucket, key: "a" })).rejects.toMatchObject(damaged);
    expect(await readBytes(opened.store, bucket, "b")).toHaveLength(1000);
    expect(await readBytes(opened.store, bucket, "c")).toHaveLength(1000);
  });

  test("whose record header is damaged is read all the same: the index knows where it lies", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const first = await openStore(directory);
    for (const key of ["a", "b"]) await put(first.store, key, 1000);
    await first.close();
    const segment = await findSegment(directory);
    await flip(segment, bodyAt(await recordsOf(segment), "a").start + 9);

    await using opened = await openStore(directory);
    for (const key of ["a", "b"]) expect(await readBytes(opened.store, bucket, key)).toHaveLength(1000);
  });

  test.each([
    ["in a block", block + 10],
    ["in the checksum of the block", largeBytes + 4],
  ])("in a file of its own, %s: other blocks are read, this one is not, nor in a copy", async (_title, position) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await using opened = await openStore(directory);
    const { store } = opened;
    await put(store, "large", largeBytes);
    const [path = ""] = await filesBelow(directory, "blobs");
    await flip(path, position);
    const object = await open(store, bucket, "large");
    const read = (first: number, last: number) => collect(object.read({ first, last }));

    await expect(read(0, largeBytes - 1)).rejects.toMatchObject(damaged);
    await expect(read(block, block)).rejects.toMatchObject(damaged);
    await expect(read(2 * block - 1, 2 * block)).rejects.toMatchObject(damaged);
    const expected = patterned(largeBytes);
    expect((await read(0, block - 1)).equals(expected.subarray(0, block))).toBe(true);
    expect((await read(2 * block, largeBytes - 1)).equals(expected.subarray(2 * block))).toBe(true);
    // A copy shares the file, and its checksums.
    await store.copyObject(object, { bucket, key: "copy" }, { ownerId: "owner", metadata: object.version.metadata });
    await object.close();
    await expect(readBytes(store, bucket, "copy")).rejects.toMatchObject(damaged);
  });

  test.each([
    ["a truncated segment", "segments", (path: string) => truncate(path, 40)],
    ["a segment that is gone", "segments", (path: string) => rm(path)],
    ["a truncated file", "blobs", (path: string) => truncate(path, 1000)],
    ["a file that is gone", "blobs", (path: string) => rm(path)],
    ["a file that has become longer", "blobs", (path: string) => truncate(path, 10 * largeBytes)],
  ])("%s after a clean stop: what lies there is damaged, the rest is not", async (title, name, damage) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const first = await openStore(directory);
    await put(first.store, "small", 1000);
    await put(first.store, "large", largeBytes);
    await first.close();
    const [path] = name === "segments" ? [await findSegment(directory)] : await filesBelow(directory, name);
    await damage(path ?? "");

    await using opened = await openStore(directory);
    const { store } = opened;
    const [lost, kept] = name === "segments" ? ["small", "large"] : ["large", "small"];
    const isHarmless = title.includes("longer");
    if (isHarmless) expect(await readBytes(store, bucket, lost)).toHaveLength(largeBytes);
    else await expect(readBytes(store, bucket, lost)).rejects.toMatchObject(damaged);
    expect(await store.headObject({ bucket, key: lost })).toBeDefined();
    await readBytes(store, bucket, kept);
    await store.deleteObject({ bucket, key: lost });
    await put(store, lost, 1000);
    expect(await readBytes(store, bucket, lost)).toHaveLength(1000);
  });

  test("a part that is gone: ranges in other parts are read", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await using opened = await openStore(directory);
    const { store } = opened;
    const upload = await store.createUpload({ bucket, key: "parts" }, plain);
    const first = await store.putPart(upload, patterned(minPartBytes), { partNumber: 1 });
    const [path = ""] = await filesBelow(directory, "blobs");
    const second = await store.putPart(upload, patterned(1000), { partNumber: 2 });
    await store.completeUpload(upload, { parts: [first, second] });
    await rm(path);
    const object = await open(store, bucket, "parts");

    await expect(collect(object.read({ first: 0, last: 9 }))).rejects.toMatchObject(damaged);
    expect(await collect(object.read({ first: minPartBytes, last: minPartBytes + 999 }))).toHaveLength(1000);
    await object.close();
  });
});

describe("a damaged log", () => {
  const refused = (message: string) => ({
    code: "DataDirectoryUnusable",
    message: expect.stringMatching(new RegExp(`${message}.*backup`)),
  });

  test.each([
    ["a commit", (records: readonly SegmentRecord[]) => (commits(records)[1]?.offset ?? 0) + 30],
    ["the header of a commit", (records: readonly SegmentRecord[]) => (commits(records)[1]?.start ?? 0) + 9],
  ])(
    "%s after the checkpoint with others behind it: the start is refused, and nothing is lost silently",
    async (_title, positionIn) => {
      await using temporary = await createTemporaryDirectory();
      const { copy, segment } = await crashed(temporary.directory);
      const before = await readFile(segment);
      await flip(segment, positionIn(await recordsOf(segment)));

      for (let attempt = 0; attempt < 2; attempt += 1) {
        await expect(lockDataDirectory(copy)).rejects.toMatchObject(refused("commit \\d+ is missing"));
      }
      // What was damaged is repaired from a backup, and all is there.
      await writeFile(segment, before);
      await using opened = await openStore(copy);
      expect([...(await listSizes(opened.store)).keys()]).toEqual(["a", "b", "c"]);
    },
  );

  test("the header of a body after the checkpoint: its commit has happened, and it can be read", async () => {
    await using temporary = await createTemporaryDirectory();
    const { copy, segment } = await crashed(temporary.directory);
    await flip(segment, bodyAt(await recordsOf(segment), "a").start + 9);

    await using opened = await openStore(copy);
    for (const key of ["a", "b", "c"]) expect(await readBytes(opened.store, bucket, key)).toHaveLength(1000);
  });

  test("the last commit: it looks as if it had never been finished, and is gone, whole", async () => {
    await using temporary = await createTemporaryDirectory();
    const { copy, segment } = await crashed(temporary.directory);
    const last = commits(await recordsOf(segment)).at(-1);
    await flip(segment, (last?.offset ?? 0) + 30);

    await using opened = await openStore(copy);
    expect([...(await listSizes(opened.store)).keys()]).toEqual(["a", "b"]);
  });

  test("commits that a body contains are never taken for those of the log", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const original = join(directory, "original");
    const first = await openStore(original);
    await put(first.store, "a", 1000);
    // All numbers that the next commits may have.
    const fakes = createBatchBuffers();
    for (let sequence = 1; sequence < 50; sequence += 1) {
      const changes = [{ table: 1, key: Buffer.from("evil"), value: Buffer.from([0xc0]) }];
      addCommit(fakes, { sequence, isFlushed: true, atNs: 2n ** 62n, checkpoint: 0, changes }, 1);
    }
    const hostile = Buffer.concat(fakes.all());
    await first.store.putObject({ bucket, key: "hostile" }, hostile, plain);
    const copy = join(directory, "copy");
    await cp(original, copy, { recursive: true });
    await first.close();
    // A power cut that kept the body of the last batch, and neither its header nor its commit.
    const segment = await findSegment(copy);
    const records = await recordsOf(segment);
    await flip(segment, bodyAt(records, "hostile").start);
    await truncate(segment, commits(records).at(-1)?.start ?? 0);

    await using opened = await openStore(copy);
    expect([...(await listSizes(opened.store)).keys()]).toEqual(["a"]);
    expect((await opened.store.listBuckets({ maxBuckets: 10 })).buckets.map(({ name }) => name)).toEqual([bucket]);
  });

  test("the directory of the segments is gone: the start is refused", async () => {
    await using temporary = await createTemporaryDirectory();
    const { copy } = await crashed(temporary.directory);
    await rm(join(copy, "segments"), { recursive: true });

    await expect(lockDataDirectory(copy)).rejects.toMatchObject(refused("its log \\(segments\\) is missing"));
  });
});

describe("a damaged index", () => {
  const slotBytes = 2 * 8192;

  /** Slots of the checkpoint file of the store that was open, the newest last. */
  async function checkpointsOf(directory: string): Promise<{ readonly path: string; readonly newest: number }> {
    const names = (await readdir(join(directory, "checkpoints"))).sort((a, b) => Number(a) - Number(b));
    const path = join(directory, "checkpoints", names.at(-1) ?? "");
    const content = await readFile(path);
    const txnIdAt = 24 + 152;
    const isSecondNewer = content.readBigUInt64LE(slotBytes + txnIdAt) > content.readBigUInt64LE(txnIdAt);
    return { path, newest: isSecondNewer ? 1 : 0 };
  }

  test("one copy of the newest checkpoint: the other one is used", async () => {
    await using temporary = await createTemporaryDirectory();
    const { copy } = await crashed(temporary.directory);
    const { path, newest } = await checkpointsOf(copy);
    await flip(path, newest * slotBytes + 100);

    await using opened = await openStore(copy);
    expect([...(await listSizes(opened.store)).keys()]).toEqual(["a", "b", "c"]);
  });

  test("both copies of the newest one: the start is refused, for the one before is worth nothing", async () => {
    await using temporary = await createTemporaryDirectory();
    const { copy } = await crashed(temporary.directory);
    const { path, newest } = await checkpointsOf(copy);
    await flip(path, newest * slotBytes + 100);
    await flip(path, newest * slotBytes + 8192 + 100);

    await expect(lockDataDirectory(copy)).rejects.toMatchObject({
      code: "DataDirectoryUnusable",
      message: expect.stringContaining("its newest checkpoint (checkpoints) is unreadable"),
    });
  });

  test.each([
    ["gone", (copy: string) => rm(join(copy, "checkpoints"), { recursive: true })],
    [
      "empty",
      async (copy: string) => {
        for (const path of await filesBelow(copy, "checkpoints")) await truncate(path, 0);
      },
    ],
  ])("checkpoints that are %s: the start is refused, and the index is left alone", async (_title, damage) => {
    await using temporary = await createTemporaryDirectory();
    const { copy } = await crashed(temporary.directory);
    const kept = join(temporary.directory, "checkpoints");
    await cp(join(copy, "checkpoints"), kept, { recursive: true });
    await damage(copy);

    await expect(lockDataDirectory(copy)).rejects.toMatchObject({
      code: "DataDirectoryUnusable",
      message: expect.stringContaining("its checkpoints are missing or unreadable"),
    });
    for (const name of await readdir(kept)) await copyFile(join(kept, name), join(copy, "checkpoints", name));
    await using opened = await openStore(copy);
    expect([...(await listSizes(opened.store)).keys()]).toEqual(["a", "b", "c"]);
  });

  test.each([0, 5000, 20_000])(
    "data.mdb cut off at %i bytes: the start is refused, and the process lives",
    async (sizeBytes) => {
      await using temporary = await createTemporaryDirectory();
      const { copy } = await crashed(temporary.directory);
      await truncate(join(copy, "index", "data.mdb"), sizeBytes);

      await expect(lockDataDirectory(copy)).rejects.toMatchObject({
        code: "DataDirectoryUnusable",
        message: expect.stringMatching(/its index \(index\/data\.mdb\) has \d+ bytes instead of \d+ or more/),
      });
    },
  );

  test("a first start that was cut off before its checkpoint is begun again", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await (await lockDataDirectory(directory)).release();
    await rm(join(directory, "checkpoints"), { recursive: true });

    await using opened = await openStore(directory);
    await put(opened.store, "a", 1000);
  });
});

test.each(["members.sqlite", "lock.sqlite", "commits.sqlite", "opening.sqlite", "pins", "reserve"])(
  "%s that is gone is made again",
  async (name) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const first = await openStore(directory);
    await put(first.store, "a", 1000);
    await first.close();
    await rm(join(directory, name), { recursive: true });

    await using opened = await openStore(directory);
    expect(await readBytes(opened.store, bucket, "a")).toHaveLength(1000);
    expect(await readdir(directory)).toContain(name);
  },
);

test.each(["commits.sqlite", "opening.sqlite"])("%s that is damaged is made again", async (name) => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  await (await openStore(directory)).close();
  await writeFile(join(directory, name), "not a database".repeat(100));

  await using opened = await openStore(directory);
  await put(opened.store, "a", 1000);
});

test.each(["members.sqlite", "lock.sqlite"])("%s that is damaged is refused by its name", async (name) => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  await (await openStore(directory)).close();
  await writeFile(
    join(directory, name),
    "not a database, but long enough to be taken for the header of one".repeat(20),
  );

  await expect(lockDataDirectory(directory)).rejects.toMatchObject({ code: "DataDirectoryUnusable" });
  await rm(join(directory, name));
  await (await openStore(directory)).close();
});

function commits(records: readonly SegmentRecord[]): readonly SegmentRecord[] {
  return records.filter(({ owner }) => owner.length === 0);
}
