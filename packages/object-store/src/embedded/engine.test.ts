import { rename, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow, openTemporaryStore } from "../../test/temporary-store.ts";
import { untilTurnedAway } from "../../test/until-turned-away.ts";
import type { ObjectStore, ObjectVersion } from "../object-store.ts";
import {
  bodyOf,
  collect,
  failingBody,
  md5Of,
  minPartBytes,
  open,
  patterned,
  plain,
  readBytes,
} from "../testing/case-tools.ts";
import { createCommitGate, openWhileNobodyCommits } from "./commit-gate.ts";
import { lockDataDirectory } from "./data-directory.ts";
import { tryLock } from "./members-lock.ts";
import { openEmbeddedStore } from "./open-embedded-store.ts";

const bucket = "photos";
const address = { bucket, key: "a" };

function putBytes(store: ObjectStore, key: string, sizeBytes: number): Promise<ObjectVersion> {
  return store.putObject({ bucket, key }, bodyOf(patterned(sizeBytes)), plain);
}

async function putMultipart(store: ObjectStore): Promise<Buffer> {
  const bytes = [patterned(minPartBytes, 1), patterned(100_000, 2), patterned(7, 3)];
  const upload = await store.createUpload(address, plain);
  const first = await store.putPart(upload, bodyOf(bytes[0] ?? ""), { partNumber: 1 });
  const second = await store.putPart(upload, bodyOf(...bytes.slice(1)), { partNumber: 2 });
  await store.completeUpload(upload, { parts: [first, second] });
  return Buffer.concat(bytes);
}

describe("files of bodies", () => {
  test("a small body makes no file, a large one makes one", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;

    await putBytes(store, "small", 131_072);
    expect(await filesBelow(directory, "blobs")).toHaveLength(0);
    await putBytes(store, "large", 131_073);

    expect(await filesBelow(directory, "blobs")).toHaveLength(1);
  });

  test("nothing is left of a body that throws, has the wrong digest or is refused", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    await putBytes(store, "taken", 1);
    const bytes = patterned(3_000_000);
    const late = async function* () {
      yield bytes;
      await putBytes(store, "late", 1);
    };

    const attempts = await Promise.allSettled([
      store.putObject(address, failingBody(new Error("cut"), bytes), plain),
      store.putObject(address, bodyOf(bytes), { ...plain, contentMd5: md5Of("other") }),
      store.putObject({ bucket, key: "late" }, late(), { ...plain, conditions: { ifNoneMatch: "*" } }),
    ]);

    expect(attempts.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await filesBelow(directory, "blobs")).toHaveLength(0);
  });

  test("the file of a replaced, deleted or overwritten part goes, one that is shared stays", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    await putBytes(store, "a", 150_000);
    await putBytes(store, "a", 160_000);
    expect(await filesBelow(directory, "blobs")).toHaveLength(1);

    const source = await open(store, bucket, "a");
    await store.copyObject(source, { bucket, key: "b" }, plain);
    await source.close();
    await store.deleteObject(address);
    expect(await filesBelow(directory, "blobs")).toHaveLength(1);
    await store.deleteObject({ bucket, key: "b" });
    expect(await filesBelow(directory, "blobs")).toHaveLength(0);

    const upload = await store.createUpload(address, plain);
    await store.putPart(upload, bodyOf(patterned(50_000)), { partNumber: 1 });
    await store.putPart(upload, bodyOf(patterned(50_001)), { partNumber: 1 });
    expect(await filesBelow(directory, "blobs")).toHaveLength(1);
    await store.abortUpload(upload);
    await store.close();
    expect(await filesBelow(directory, "blobs")).toHaveLength(0);
  });

  test("the files of a deleted bucket's uploads go", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    for (const key of ["a", "b", "c"]) {
      const upload = await store.createUpload({ bucket, key }, plain);
      await store.putPart(upload, bodyOf(patterned(50_000)), { partNumber: 1 });
      await store.putPart(upload, bodyOf("small"), { partNumber: 2 });
    }

    await store.deleteBucket(bucket);
    await store.close();

    expect(await filesBelow(directory, "blobs")).toHaveLength(0);
  });

  test("the files of an open multipart object stay until its readers are done", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    const bytes = await putMultipart(store);
    const opened = await open(store, bucket, "a");

    await store.deleteObject(address);
    await store.sweepOrphans();
    expect(await filesBelow(directory, "blobs")).toHaveLength(2);
    expect(bytes.equals(await collect(opened.read()))).toBe(true);
    await opened.close();
    await store.sweepOrphans();

    expect(await filesBelow(directory, "blobs")).toHaveLength(0);
    expect(await filesBelow(directory, "pins")).toHaveLength(0);
  });

  test("a sweep leaves a body alone that is being written", async () => {
    await using temporary = await openTemporaryStore();
    const { store } = temporary;
    const bytes = patterned(3_000_000);
    const body = async function* () {
      yield bytes;
      expect(await store.sweepOrphans()).toMatchObject({ orphanFiles: 0 });
    };

    await store.putObject(address, body(), plain);

    expect(bytes.equals(await readBytes(store, bucket, "a"))).toBe(true);
  });
});

describe("damage", () => {
  test("a file that is too short fails the read, and is never shown as the whole", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    await putBytes(store, "a", 600_000);
    const [file = ""] = await filesBelow(directory, "blobs");
    await truncate(file, 300_000);

    await expect(readBytes(store, bucket, "a")).rejects.toMatchObject({ code: "ObjectDamaged" });
    await expect(readBytes(store, bucket, "a", { first: 0, last: 9 })).rejects.toMatchObject({ code: "ObjectDamaged" });
  });

  test("a file that is missing fails the opening, without its path", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    await putBytes(store, "a", 150_000);
    const [file = ""] = await filesBelow(directory, "blobs");
    await rename(file, `${file}.gone`);

    const error = await store.openObject(address).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: "ObjectDamaged" });
    expect(String(error)).not.toContain(directory);
  });
});

describe("the clock", () => {
  test("gives the time of the commit; the order does not depend on it", async () => {
    let now = new Date("2030-01-01T00:00:00.500Z");
    await using temporary = await openTemporaryStore({ now: () => now });
    const { store } = temporary;
    await store.putBucketVersioning(bucket, "Enabled");

    const first = await putBytes(store, "a", 1);
    now = new Date("2020-01-01T00:00:00Z");
    const second = await putBytes(store, "a", 2);

    expect(first.lastModified).toEqual(new Date("2030-01-01T00:00:00.500Z"));
    expect(second.lastModified).toEqual(now);
    const { versions } = await store.listVersions(bucket, { maxKeys: 10 });
    expect(versions.map(({ versionId }) => versionId)).toEqual([second.versionId, first.versionId]);
  });
});

describe("beside another process", () => {
  test("opens the index when the commit that runs elsewhere has ended, and not before", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const lock = await lockDataDirectory(directory);
    const [elsewhere, watching] = [createCommitGate(directory), createCommitGate(directory)];
    const events: string[] = [];
    expect(elsewhere.enter()).toBeUndefined();

    const opening = openEmbeddedStore({ directory }).finally(() => events.push("opened"));
    const { entered } = await untilTurnedAway(watching);
    events.push("committed");
    elsewhere.leave();
    const store = await opening;
    await entered;

    expect(events).toEqual(["committed", "opened"]);
    elsewhere.close();
    watching.close();
    await store.close();
    await lock.release();
  });

  test("commits when the index has been opened elsewhere, and not before", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    const events: string[] = [];
    await openWhileNobodyCommits(directory, { timeoutMs: 10_000, open: () => {} }); // the first commits were a moment ago
    const elsewhere = tryLock(join(directory, "opening.sqlite"), "BEGIN EXCLUSIVE");
    expect(elsewhere).toBeDefined();

    const writing = putBytes(store, "a", 1).finally(() => events.push("written"));
    for (let turn = 0; turn < 1000; turn += 1) await new Promise(setImmediate);
    events.push("opened");
    elsewhere?.release();
    await writing;

    expect(events).toEqual(["opened", "written"]);
  });
});

describe("listing", () => {
  test("sees commits, not a transaction that waits for its flush, and everything that came before it", async () => {
    const during: Promise<readonly string[]>[] = [];
    let look = (): Promise<readonly string[]> => Promise.resolve([]);
    await using temporary = await openTemporaryStore({
      onPoint: (point) => {
        if (point === "log:appended") during.push(look());
      },
    });
    const { store } = temporary;
    look = async () => (await store.listObjects(bucket, { maxKeys: 1000 })).objects.map(({ key }) => key);
    const keys = Array.from({ length: 50 }, (_, at) => `${at + 10}`);

    const after: (readonly string[])[] = [];
    for (const key of keys) {
      await putBytes(store, key, 1);
      after.push(await look());
    }

    expect((await Promise.all(during)).slice(-keys.length)).toEqual(keys.map((_, at) => keys.slice(0, at)));
    expect(after).toEqual(keys.map((_, at) => keys.slice(0, at + 1)));
  });

  test("finds the one object behind thousands of delete markers", async () => {
    await using temporary = await openTemporaryStore();
    const { store } = temporary;
    await store.putBucketVersioning(bucket, "Enabled");
    const keys = Array.from({ length: 4200 }, (_, at) => `gone/${String(at).padStart(5, "0")}`);
    await Promise.all(keys.map((key) => store.deleteObject({ bucket, key })));
    await putBytes(store, "gone/z", 1);

    for (const delimiter of ["", "/"]) {
      const page = await store.listObjects(bucket, { delimiter, maxKeys: 1 });
      expect([...page.objects.map(({ key }) => key), ...page.commonPrefixes]).toEqual([
        delimiter === "" ? "gone/z" : "gone/",
      ]);
      expect(page.isTruncated).toBe(false);
    }
  });
});

describe("close", () => {
  test("waits for a body under way, and refuses what comes after", async () => {
    await using temporary = await openTemporaryStore();
    const { directory, store } = temporary;
    let closing: Promise<void> | undefined;
    const body = async function* () {
      yield patterned(100_000);
      closing = store.close();
      yield patterned(100_000);
    };

    await store.putObject(address, body(), plain);
    await closing;

    await expect(store.headObject(address)).rejects.toMatchObject({ code: "InternalError" });
    await expect(store.putObject(address, bodyOf("x"), plain)).rejects.toMatchObject({ code: "InternalError" });
    const again = await openEmbeddedStore({ directory });
    expect(await readBytes(again, bucket, "a")).toHaveLength(200_000);
    await again.close();
  });
});
