import { open, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow, openTemporaryStore } from "../../../test/temporary-store.ts";
import type { ObjectStore } from "../../object-store.ts";
import { collect, open as openObject, plain, readBytes } from "../../testing/case-tools.ts";
import { checkDataDirectory } from "../check/check-data-directory.ts";
import { lockDataDirectory } from "../data-directory.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../open-embedded-store.ts";
import { openIndex } from "../open-index.ts";
import { encodeSegment } from "../records.ts";

const bucket = "photos";
const kib = 1024;
const mib = 1024 * kib;

/** Different for each text. */
function bytesOf(text: string, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `${text} `);
}

async function putAll(store: ObjectStore, texts: Iterable<string>, sizeBytes: number, tag = ""): Promise<void> {
  const all = [...texts];
  for (let at = 0; at < all.length; at += 64) {
    const some = all.slice(at, at + 64);
    await Promise.all(some.map((key) => store.putObject({ bucket, key }, bytesOf(key + tag, sizeBytes), plain)));
  }
}

function keys(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, at) => `key ${first + at}`);
}

async function segmentBytes(directory: string): Promise<number> {
  const files = await filesBelow(directory, "segments");
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

type Reopened = { readonly directory: string; store: EmbeddedStore; reopen(): Promise<void> };

/** A directory whose store can be opened again, as after a restart: then all segments of before are complete. */
async function withDirectory(work: (reopened: Reopened) => Promise<void>): Promise<void> {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  let lock = await lockDataDirectory(directory);
  const reopened: Reopened = {
    directory,
    store: await openEmbeddedStore({ directory }),
    async reopen() {
      await reopened.store.close();
      await lock.release();
      lock = await lockDataDirectory(directory);
      reopened.store = await openEmbeddedStore({ directory });
    },
  };
  await reopened.store.createBucket({ name: bucket, ownerId: "owner" });
  try {
    await work(reopened);
  } finally {
    await reopened.store.close();
    await lock.release();
  }
}

/** Changes one byte of the first body with these bytes. */
async function damage(directory: string, bytes: Buffer): Promise<string> {
  for (const path of await filesBelow(directory, "segments")) {
    const at = (await readFile(path)).indexOf(bytes);
    if (at === -1) continue;
    const file = await open(path, "r+");
    await file.write(Buffer.of(0xff), 0, 1, at + 3);
    await file.close();
    return path;
  }
  throw new Error("Expected the bytes to be in a segment");
}

describe("compaction", { timeout: 30_000 }, () => {
  test("gives the space of overwritten objects back while the store stays open, and loses nothing", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    const all = keys(1000);
    await putAll(store, all, 100 * kib);
    const [kept, overwritten] = [all.filter((_, at) => at % 10 === 0), all.filter((_, at) => at % 10 !== 0)];
    await putAll(store, overwritten, 10 * kib, " again");
    const before = await segmentBytes(directory);

    const report = await store.compact();

    expect(report).toMatchObject({ isComplete: true, isBusy: false, removedSegments: 1, kept: [] });
    expect(report.movedBodies).toBeGreaterThan(50);
    expect(await segmentBytes(directory)).toBeLessThan(before - 50 * mib);
    expect(await segmentBytes(directory)).toBe(report.segmentBytes);
    expect(report.liveBytes).toBe(100 * 100 * kib + 900 * 10 * kib);
    for (const key of kept) expect(bytesOf(key, 100 * kib).equals(await readBytes(store, bucket, key))).toBe(true);
    for (const key of overwritten) {
      expect(bytesOf(`${key} again`, 10 * kib).equals(await readBytes(store, bucket, key))).toBe(true);
    }
    expect(await store.compact()).toMatchObject({ removedSegments: 0, movedBodies: 0 });
  });

  test("empties what earlier starts have left, and an index without the old places comes back after the next start", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(100), 50 * kib);
      await putAll(reopened.store, keys(80), 1);
      await reopened.reopen();

      const report = await reopened.store.compact();

      expect(report).toMatchObject({ removedSegments: 1, movedBodies: 100, movedBytes: 20 * 50 * kib + 80 });
      await reopened.reopen();
      for (const key of keys(80)) expect(await readBytes(reopened.store, bucket, key)).toHaveLength(1);
      for (const key of keys(20, 80)) {
        expect(bytesOf(key, 50 * kib).equals(await readBytes(reopened.store, bucket, key))).toBe(true);
      }
    });
  });

  test("moves every version and every copy, current or not, with what else is known of it", async () => {
    await withDirectory(async (reopened) => {
      await reopened.store.putBucketVersioning(bucket, "Enabled");
      await putAll(reopened.store, keys(30), 20 * kib);
      for (let round = 0; round < 3; round += 1) await putAll(reopened.store, ["a", "b"], 3 * kib, ` ${round}`);
      const source = await openObject(reopened.store, bucket, "b");
      await reopened.store.copyObject(source, { bucket, key: "copy" }, plain);
      await reopened.store.deleteObject({ bucket, key: "a" });
      await reopened.store.putBucketVersioning(bucket, "Suspended");
      await putAll(reopened.store, ["a"], 2 * kib, " null");
      for (const key of keys(30)) {
        const { versionId } = await openObject(reopened.store, bucket, key).then(({ version }) => version);
        await reopened.store.deleteObject({ bucket, key }, { versionId });
      }
      const before = await reopened.store.listVersions(bucket, { maxKeys: 1000 });
      const usage = await reopened.store.bucketUsage(bucket);
      await reopened.reopen();

      const report = await reopened.store.compact();

      expect(report).toMatchObject({ removedSegments: 1, movedBodies: 8 });
      expect(await reopened.store.listVersions(bucket, { maxKeys: 1000 })).toEqual(before);
      expect(await reopened.store.bucketUsage(bucket)).toEqual(usage);
      const bodies = before.versions.filter(({ isDeleteMarker }) => !isDeleteMarker);
      expect(bodies).toHaveLength(8);
      for (const { key, versionId } of bodies) await readBytes(reopened.store, bucket, key, undefined, versionId);
      expect(await readBytes(reopened.store, bucket, "copy")).toEqual(bytesOf("b 2", 3 * kib));
    });
  });

  test("finds the versions of a key that has thousands of them", async () => {
    await withDirectory(async (reopened) => {
      await reopened.store.putBucketVersioning(bucket, "Enabled");
      await Promise.all(
        Array.from({ length: 3000 }, (_, at) =>
          reopened.store.putObject({ bucket, key: "a" }, bytesOf(`${at}`, 20), plain),
        ),
      );
      await putAll(reopened.store, keys(100), 100 * kib);
      for (const key of keys(100)) {
        const { version } = await openObject(reopened.store, bucket, key);
        await reopened.store.deleteObject({ bucket, key }, { versionId: version.versionId });
      }
      await reopened.reopen();

      expect(await reopened.store.compact()).toMatchObject({ removedSegments: 1, movedBodies: 3000 });

      const { versions } = await reopened.store.listVersions(bucket, { maxKeys: 3000 });
      const texts = new Set<string>();
      for (const { key, versionId } of versions) {
        texts.add((await readBytes(reopened.store, bucket, key, undefined, versionId)).toString());
      }
      expect(texts.size).toBe(3000);
    });
  });

  test("leaves an open object readable, and finds a moved one again", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(10), 100 * kib);
      await putAll(reopened.store, keys(9), 1);
      await reopened.reopen();
      const opened = await openObject(reopened.store, bucket, "key 9");
      const again = readBytes(reopened.store, bucket, "key 9"); // the segment is in the cache of open files now

      const report = await reopened.store.compact();

      expect(report.removedSegments).toBe(1);
      expect(bytesOf("key 9", 100 * kib).equals(await collect(opened.read()))).toBe(true);
      expect(bytesOf("key 9", 100 * kib).equals(await again)).toBe(true);
      expect(bytesOf("key 9", 100 * kib).equals(await readBytes(reopened.store, bucket, "key 9"))).toBe(true);
    });
  });

  test("changes nothing in a dry run, and says what it would do", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(40), 100 * kib);
      await putAll(reopened.store, keys(30), 1);
      await reopened.reopen();
      const files = async () =>
        (await filesBelow(reopened.directory, ".")).filter((path) => !path.includes("checkpoints"));
      const before = { files: await files(), bytes: await segmentBytes(reopened.directory) };

      const report = await reopened.store.compact({ dryRun: true });

      expect({ files: await files(), bytes: await segmentBytes(reopened.directory) }).toEqual(before);
      const { removedSegments, removedBytes, movedBodies, movedBytes } = await reopened.store.compact();
      expect(report).toMatchObject({ removedSegments, removedBytes, movedBodies, movedBytes });
      expect(removedSegments).toBe(1);
    });
  });

  test("keeps a segment for a damaged body that is in use, moves the others, and tries again only when something changes", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(40), 100 * kib);
      await putAll(reopened.store, keys(37), 1);
      await reopened.reopen();
      await damage(reopened.directory, bytesOf("key 38", 100 * kib));

      const kept = {
        liveBytes: 100 * kib,
        damaged: [{ bucket, key: "key 38", versionId: "null", problem: "damaged" }],
      };
      expect(await reopened.store.compact()).toMatchObject({ removedSegments: 0, movedBodies: 39, kept: [kept] });
      expect(await reopened.store.compact()).toMatchObject({ removedSegments: 0, movedBodies: 0, kept: [kept] });

      await expect(readBytes(reopened.store, bucket, "key 38")).rejects.toMatchObject({ code: "ObjectDamaged" });
      expect(await readBytes(reopened.store, bucket, "key 39")).toHaveLength(100 * kib);
      await reopened.store.deleteObject({ bucket, key: "key 38" });
      expect(await reopened.store.compact()).toMatchObject({ removedSegments: 1, kept: [] });
    });
  });

  test("does not mind damage in what nobody uses", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(40), 100 * kib);
      await putAll(reopened.store, keys(37), 1);
      await reopened.reopen();
      await damage(reopened.directory, bytesOf("key 3", 100 * kib));

      expect(await reopened.store.compact()).toMatchObject({ removedSegments: 1, kept: [] });
    });
  });

  test("keeps a segment whose records cannot be found, because a header before them is damaged", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(40), 100 * kib);
      await putAll(reopened.store, keys(37), 1);
      await reopened.reopen();
      const [path = ""] = await filesBelow(reopened.directory, "segments").then((files) =>
        Promise.all(files.map(async (file) => ((await stat(file)).size > mib ? [file] : []))).then((found) =>
          found.flat(),
        ),
      );
      const file = await open(path, "r+");
      await file.write(Buffer.alloc(4), 0, 4, 0);
      await file.close();

      const report = await reopened.store.compact();

      expect(report).toMatchObject({ removedSegments: 0, movedBodies: 0 });
      expect(report.kept).toMatchObject([{ liveBytes: 3 * 100 * kib + 37, damaged: [] }]);
      expect(await readBytes(reopened.store, bucket, "key 38")).toHaveLength(100 * kib);
    });
  });

  test("leaves segments of tiny bodies alone that are all in use, however little they are of their file", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(2000), 10);
      await reopened.reopen();

      expect(await reopened.store.compact()).toMatchObject({ removedSegments: 0, movedBodies: 0, kept: [] });
      await Promise.all(keys(1500).map((key) => reopened.store.deleteObject({ bucket, key })));
      await reopened.reopen();
      expect(await reopened.store.compact()).toMatchObject({ removedSegments: 2, movedBodies: 500 });

      await reopened.reopen();
      expect(await reopened.store.compact()).toMatchObject({ movedBodies: 0 });
    });
  });

  test("merges what many starts have left", async () => {
    await withDirectory(async (reopened) => {
      for (let start = 0; start < 16; start += 1) {
        await putAll(reopened.store, keys(3, start * 3), 40 * kib);
        await reopened.reopen();
      }

      const report = await reopened.store.compact();

      expect(report).toMatchObject({ removedSegments: 16, movedBodies: 48, liveBytes: 48 * 40 * kib });
      expect(await filesBelow(reopened.directory, "segments")).toHaveLength(report.segments);
      for (const key of keys(48)) expect(await readBytes(reopened.store, bucket, key)).toHaveLength(40 * kib);
      await reopened.store.sweepOrphans();
      expect((await filesBelow(reopened.directory, "segments")).length).toBeLessThanOrEqual(2);
    });
  });

  test("leaves a snapshot that is being taken all that it needs", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(40), 100 * kib);
      await putAll(reopened.store, keys(30), 1);
      await reopened.reopen();
      const target = join(reopened.directory, "..", `${basename(reopened.directory)}-snapshot`);

      const taking = reopened.store.snapshot(target);
      await Promise.all([taking, reopened.store.compact(), reopened.store.sweepOrphans()]);
      await reopened.store.compact();

      try {
        expect(await checkDataDirectory(target)).toMatchObject({ findings: [] });
        expect(await reopened.store.compact()).toMatchObject({ removedSegments: 0, kept: [] });
        for (const key of keys(40)) await readBytes(reopened.store, bucket, key);
      } finally {
        await rm(target, { recursive: true });
      }
    });
  });

  test("stops when it is told to, and when the store is closed", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(100), 100 * kib);
      await putAll(reopened.store, keys(60), 1);
      await reopened.reopen();
      const stopping = new AbortController();

      const stopped = reopened.store.compact({ bytesPerSecond: 100 * kib, signal: stopping.signal });
      expect(await reopened.store.compact()).toMatchObject({ isBusy: true, isComplete: false, removedSegments: 0 });
      stopping.abort();
      expect(await stopped).toMatchObject({ isBusy: false, isComplete: false, removedSegments: 0 });
      const closed = reopened.store.compact({ bytesPerSecond: 100 * kib });
      await reopened.store.close();

      expect(await closed).toMatchObject({ isComplete: false, removedSegments: 0 });
    });
  });

  test.each([{ minDeadRatio: 0 }, { minDeadRatio: 1.1 }, { bytesPerSecond: 0 }, { bytesPerSecond: Number.NaN }])(
    "throws a TypeError for %j",
    async (options) => {
      await using temporary = await openTemporaryStore();

      await expect(temporary.store.compact(options)).rejects.toThrow(TypeError);
    },
  );
});

describe("a sweep", { timeout: 30_000 }, () => {
  test("removes segments, epochs and checkpoints of earlier starts that hold nothing", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(10), 100 * kib);
      await reopened.reopen();
      for (const key of keys(10)) await reopened.store.deleteObject({ bucket, key });
      await reopened.reopen();
      await putAll(reopened.store, ["kept"], 10);

      const planned = await reopened.store.sweepOrphans({ dryRun: true });
      const swept = await reopened.store.sweepOrphans();

      expect(swept).toEqual(planned);
      expect(swept.deadSegmentBytes).toBeGreaterThan(10 * 100 * kib);
      expect(await filesBelow(reopened.directory, "segments")).toHaveLength(1);
      expect(await reopened.store.sweepOrphans()).toMatchObject({ deadSegments: 0 });
      await reopened.reopen();
      expect(await readBytes(reopened.store, bucket, "kept")).toEqual(bytesOf("kept", 10));
    });
  });

  test("leaves a segment alone that a version refers to, whatever the counts say", async () => {
    await withDirectory(async (reopened) => {
      await putAll(reopened.store, keys(10), kib);
      await reopened.reopen();
      const index = openIndex(reopened.directory);
      const [row] = index.read(() => [...index.segments.getRange({})]);
      await index.root.childTransaction(() =>
        index.recording([]).segments.put(row?.key ?? Buffer.alloc(0), encodeSegment({ liveBytes: 0, completedAt: 1 })),
      );
      await index.root.close();

      await reopened.store.sweepOrphans();
      await reopened.store.compact({ minDeadRatio: 1 });

      for (const key of keys(10)) expect(await readBytes(reopened.store, bucket, key)).toHaveLength(kib);
    });
  });
});
