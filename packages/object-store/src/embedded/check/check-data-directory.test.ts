import { cp, mkdir, open, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow } from "../../../test/temporary-store.ts";
import { bodyOf, minPartBytes, open as openObject, patterned, plain } from "../../testing/case-tools.ts";
import { blobKey, type FileRef, fileKind, type ManifestRef, type SegmentRef } from "../blob-ref.ts";
import { lockDataDirectory } from "../data-directory.ts";
import { type Engine, openEngine } from "../engine.ts";
import { bucketGarbageKey, fileGarbageKey, manifestGarbageKey, uploadGarbageKey } from "../garbage-keys.ts";
import { currentKey, messageKey, noncurrentKey, partKey } from "../index-keys.ts";
import { segmentKey } from "../log/segment-path.ts";
import { openEmbeddedStore } from "../open-embedded-store.ts";
import { type Index, openIndex } from "../open-index.ts";
import {
  decodeBucket,
  decodeVersion,
  encodeBucket,
  encodeQueue,
  encodeVersion,
  type StoredVersion,
} from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { checkDataDirectory } from "./check-data-directory.ts";
import type { FindingKind } from "./findings.ts";

const bucket = "photos";
const bucketId = 1;
const large = 200_000;

let filled: Awaited<ReturnType<typeof fillDirectory>>;

beforeAll(async () => {
  filled = await fillDirectory();
});

afterAll(() => filled[Symbol.asyncDispose]());

/** A directory with one of everything, and nobody in it. */
async function createFilled() {
  const copy = await createTemporaryDirectory();
  await cp(filled.directory, copy.directory, { recursive: true });
  return { ...copy, uploadId: filled.uploadId };
}

async function fillDirectory() {
  const temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory });
  await store.createBucket({ name: bucket, ownerId: "owner" });
  await store.putObject({ bucket, key: "null" }, bodyOf("null"), plain);
  await store.putBucketVersioning(bucket, "Enabled");
  for (const n of [1, 2]) await store.putObject({ bucket, key: "null" }, bodyOf(`${n}`), plain);
  await store.deleteObject({ bucket, key: "null" });
  await store.putObject({ bucket, key: "empty" }, bodyOf(), plain);
  await store.putObject({ bucket, key: "small" }, bodyOf(patterned(5000)), plain);
  await store.putObject({ bucket, key: "large" }, bodyOf(patterned(large)), plain);
  const upload = await store.createUpload({ bucket, key: "parts" }, plain);
  const first = await store.putPart(upload, bodyOf(patterned(minPartBytes)), { partNumber: 1 });
  const last = await store.putPart(upload, bodyOf(patterned(10)), { partNumber: 7 });
  await store.completeUpload(upload, { parts: [first, last] });
  for (const key of ["large", "parts"]) {
    const source = await openObject(store, bucket, key);
    await store.copyObject(source, { bucket, key: `${key}-copy` }, plain);
    await source.close();
  }
  const unfinished = await store.createUpload({ bucket, key: "unfinished" }, plain);
  await store.putPart(unfinished, bodyOf(patterned(1000)), { partNumber: 3 });
  await store.close();
  await lock.release();
  return { ...temporary, uploadId: unfinished.uploadId };
}

async function change(directory: string, work: (engine: Engine) => Promise<void>): Promise<void> {
  const lock = await lockDataDirectory(directory);
  const engine = await openEngine({
    directory,
    now: () => new Date(),
    maxQueueMessages: 10,
    smallMaxBytes: 0,
    onPoint: () => {},
  });
  await work(engine);
  await engine.close();
  await lock.release();
}

function readVersion({ index }: { readonly index: Index }, key: string): StoredVersion {
  const row = index.read(() => index.current.get(currentKey(bucketId, key)));
  if (row === undefined) throw new Error(`there is no ${key}`);
  return decodeVersion(row);
}

/** Of a store that is open. */
async function readCopy(directory: string, key: string): Promise<StoredVersion["object"]> {
  const index = openIndex(directory);
  try {
    return readVersion({ index }, key).object;
  } finally {
    await index.root.close();
  }
}

async function blobOf<T>(directory: string, key: string): Promise<T> {
  let found: unknown;
  await change(directory, async (engine) => {
    found = readVersion(engine, key).object?.blob;
  });
  return found as T;
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
}

const pathOf = (directory: string, [, epoch, serial]: FileRef): string =>
  join(directory, "blobs", `${epoch}`, "0", `${serial}`);

test("a directory with one of everything is clean, and the report can be written as JSON", async () => {
  await using temporary = await createFilled();
  const progress: number[] = [];

  const report = await checkDataDirectory(temporary.directory, {
    onProgress: ({ keys }) => progress.push(keys),
  });

  expect(report).toEqual({
    buckets: 1,
    keys: 7,
    versions: 10,
    uploads: 1,
    parts: 1,
    files: 4,
    segments: 1,
    verifiedBytes: 4 + 1 + 1 + 5000 + large + minPartBytes + 10 + 1000,
    reclaimableFiles: 0,
    reclaimableBytes: 0,
    findings: [],
    findingCount: 0,
  });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(await checkDataDirectory(temporary.directory)).toEqual(report);
});

test("a directory that is in use, is none, or does not exist is refused and not made one", async () => {
  await using temporary = await createFilled();
  await using empty = await createTemporaryDirectory();
  const lock = await lockDataDirectory(temporary.directory);

  await expect(checkDataDirectory(temporary.directory)).rejects.toMatchObject({ code: "DataDirectoryInUse" });
  await lock.release();
  await expect(checkDataDirectory(empty.directory)).rejects.toMatchObject({ code: "DataDirectoryUnusable" });
  await expect(checkDataDirectory(join(empty.directory, "none"))).rejects.toMatchObject({
    code: "DataDirectoryUnusable",
  });

  expect(await readdir(empty.directory)).toEqual([]);
});

test("what nothing refers to is reclaimable, and no finding", async () => {
  await using temporary = await createFilled();
  const { directory } = temporary;
  await mkdir(join(directory, "blobs", "1", "0"), { recursive: true });
  await writeFile(join(directory, "blobs", "1", "0", "99"), "left");

  expect(await checkDataDirectory(directory)).toMatchObject({
    findings: [],
    reclaimableFiles: 1,
    reclaimableBytes: 4,
  });
});

describe("damage to bytes is found, and where it is", () => {
  type Damage = {
    readonly title: string;
    readonly key: string;
    readonly kind: FindingKind;
    readonly damage: (directory: string) => Promise<void>;
    readonly partNumber?: number;
    /** Found only by reading the bytes. */
    readonly needsBytes?: true;
  };

  const small = async (directory: string, act: (path: string, ref: SegmentRef) => Promise<void>): Promise<void> => {
    const ref = await blobOf<SegmentRef>(directory, "small");
    await act(join(directory, "segments", `${ref[1]}`, `${ref[2]}`), ref);
  };
  const file = async (directory: string, act: (path: string) => Promise<void>): Promise<void> =>
    act(pathOf(directory, await blobOf<FileRef>(directory, "large")));
  const part = async (directory: string, act: (path: string) => Promise<void>): Promise<void> => {
    const paths = await filesBelow(directory, "blobs");
    for (const path of paths) if ((await stat(path)).size === 10 + 4) await act(path);
  };

  const cases: readonly Damage[] = [
    { title: "a missing file", key: "large", kind: "bytes-missing", damage: (d) => file(d, rm) },
    {
      title: "a short file",
      key: "large",
      kind: "bytes-short",
      damage: (d) => file(d, async (path) => truncate(path, large)),
    },
    {
      title: "a long file",
      key: "large",
      kind: "bytes-damaged",
      damage: (d) => file(d, async (path) => truncate(path, large + 100)),
    },
    {
      title: "a flipped bit in a file",
      key: "large",
      kind: "bytes-damaged",
      damage: (d) => file(d, (path) => flip(path, 70_000)),
      needsBytes: true,
    },
    {
      title: "a flipped bit in the checksums of a file",
      key: "large",
      kind: "bytes-damaged",
      damage: (d) => file(d, (path) => flip(path, large + 1)),
      needsBytes: true,
    },
    {
      title: "a flipped bit in a part",
      key: "parts",
      kind: "bytes-damaged",
      partNumber: 7,
      damage: (d) => part(d, (path) => flip(path, 3)),
      needsBytes: true,
    },
    { title: "a missing part", key: "parts", kind: "bytes-missing", partNumber: 7, damage: (d) => part(d, rm) },
    {
      title: "a flipped bit in a segment",
      key: "small",
      kind: "bytes-damaged",
      damage: (d) => small(d, (path, ref) => flip(path, ref[3] + 100)),
      needsBytes: true,
    },
    {
      title: "a flipped bit in the owner of a record",
      key: "small",
      kind: "record-damaged",
      damage: (d) => small(d, (path, ref) => flip(path, ref[3] - 1)),
    },
  ];

  test.each(cases)("$title", async ({ key, kind, partNumber, damage, needsBytes = false }) => {
    await using temporary = await createFilled();
    const { directory } = temporary;
    await change(directory, async () => {}); // the log of what is to be damaged is not needed any more
    await damage(directory);

    const { findings, findingCount } = await checkDataDirectory(directory);
    const quick = await checkDataDirectory(directory, { verifyBytes: false });

    const expected = { kind, bucket, key, ...(partNumber && { partNumber }), message: expect.stringMatching(/\.$/) };
    expect(findings).toContainEqual(expect.objectContaining(expected));
    expect(findings.filter((finding) => finding.kind !== "log-unreadable")).toHaveLength(1);
    expect(findingCount).toBe(findings.length);
    expect(quick.findings).toHaveLength(needsBytes ? 0 : 1);
  });

  test("a missing and a cut off segment", async () => {
    await using temporary = await createFilled();
    const { directory } = temporary;
    const [, epoch, segment, offset] = await blobOf<SegmentRef>(directory, "small");
    const path = join(directory, "segments", `${epoch}`, `${segment}`);

    await truncate(path, offset + 4999);
    const short = await checkDataDirectory(directory);
    await rm(path);
    const missing = await checkDataDirectory(directory);

    expect(short.findings).toMatchObject([{ kind: "bytes-short", key: "small", file: `segments/${epoch}/${segment}` }]);
    expect(missing.findings.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      "bytes-missing null",
      "bytes-missing null",
      "bytes-missing null",
      "bytes-missing small",
    ]);
  });

  test("damage in the middle of a log, and not the end that a power cut tore", async () => {
    await using temporary = await createFilled();
    const { directory } = temporary;
    const [, epoch, segment, offset] = await blobOf<SegmentRef>(directory, "small");
    const path = join(directory, "segments", `${epoch}`, `${segment}`);
    const { size } = await stat(path);

    await truncate(path, size - 1);
    const torn = await checkDataDirectory(directory);
    await flip(path, offset + 5000); // the header of the commit behind the body
    const damaged = await checkDataDirectory(directory);

    expect(torn.findings).toEqual([]);
    expect(damaged.findings).toMatchObject([{ kind: "log-unreadable", file: `segments/${epoch}/${segment}` }]);
  });
});

test("a directory whose log was damaged behind the checkpoint is refused: there is nothing whole to look at", async () => {
  await using temporary = await createTemporaryDirectory();
  await using elsewhere = await createTemporaryDirectory();
  const { directory } = temporary;
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory });
  await store.createBucket({ name: bucket, ownerId: "owner" });
  const copy = join(elsewhere.directory, "copy");
  await cp(directory, copy, { recursive: true });
  for (const key of ["a", "b", "c", "d"]) await store.putObject({ bucket, key }, bodyOf(patterned(100)), plain);
  await cp(join(directory, "segments"), join(copy, "segments"), { recursive: true });
  const { blob } = (await readCopy(directory, "b")) ?? {};
  const [, epoch, segment, offset] = blob as SegmentRef;
  await store.close();
  await lock.release();

  await flip(join(copy, "segments", `${epoch}`, `${segment}`), offset + 100); // the header of the commit behind the body

  await expect(checkDataDirectory(copy)).rejects.toMatchObject({
    code: "DataDirectoryUnusable",
    message: expect.stringContaining("commit 3 is missing"),
  });
});

describe("an index that does not agree with itself is found out", () => {
  type Defect = {
    readonly title: string;
    readonly kind: FindingKind;
    readonly write: (transaction: Transaction, engine: Engine, uploadId: string) => void;
    /** @default 1 */
    readonly findings?: number;
  };

  const putCurrent = ({ index }: Transaction, engine: Engine, key: string, changed: Partial<StoredVersion>): void =>
    index.current.put(currentKey(bucketId, key), encodeVersion({ ...readVersion(engine, key), ...changed }));
  const fileOf = (engine: Engine, key: string): Buffer =>
    blobKey(readVersion(engine, key).object?.blob as FileRef | ManifestRef);
  const segmentOf = (engine: Engine, key: string): SegmentRef => readVersion(engine, key).object?.blob as SegmentRef;
  const idBytes = (uploadId: string): Buffer => Buffer.from(uploadId, "base64url");

  const cases: readonly Defect[] = [
    ...(["objects", "versions", "sizeBytes"] as const).map(
      (name): Defect => ({
        title: `a wrong counter of ${name}`,
        kind: "counters-differ",
        write({ index }) {
          const row = index.buckets.get(Buffer.from(bucket));
          if (row === undefined) return;
          const state = decodeBucket(bucket, row);
          index.buckets.put(Buffer.from(bucket), encodeBucket({ ...state, [name]: state[name] + 1 }));
        },
      }),
    ),
    {
      title: "a count of noncurrent versions that is wrong",
      kind: "versions-differ",
      write: (transaction, engine) => putCurrent(transaction, engine, "null", { olderCount: 4 }),
    },
    {
      title: "a null version that cannot be found",
      kind: "versions-differ",
      write: (transaction, engine) => putCurrent(transaction, engine, "null", { olderNull: 0 }),
    },
    {
      title: "a noncurrent version that is newer than the current one",
      kind: "versions-differ",
      write(transaction, engine) {
        const { sequence } = readVersion(engine, "null");
        const key = noncurrentKey(bucketId, "small", sequence * 2);
        const stored = { ...readVersion(engine, "empty"), sequence: sequence * 2, versionId: "null" };
        transaction.index.noncurrent.put(key, encodeVersion(stored));
        putCurrent(transaction, engine, "small", { olderCount: 1, olderNull: sequence * 2 });
        transaction.bucket(bucket).versions += 1;
      },
    },
    {
      title: "noncurrent versions without a current one",
      kind: "versions-differ",
      findings: 3,
      write({ index }) {
        index.current.remove(currentKey(bucketId, "null")); // a delete marker: no counter changes
      },
    },
    {
      title: "a version whose id does not lead to it",
      kind: "versions-differ",
      write(transaction, engine) {
        putCurrent(transaction, engine, "small", { sequence: readVersion(engine, "small").sequence + 1 });
      },
    },
    {
      title: "a row that is none",
      kind: "row-unreadable",
      write({ index }) {
        index.current.put(currentKey(bucketId, "null"), 42 as never);
      },
    },
    {
      title: "a key of no bucket",
      kind: "bucket-missing",
      write(transaction, engine) {
        transaction.index.current.put(currentKey(9, "x"), encodeVersion(readVersion(engine, "empty")));
      },
    },
    {
      title: "a count of uses that is too high",
      kind: "references-differ",
      write: ({ index }, engine) => index.blobs.put(fileOf(engine, "large"), 3),
    },
    {
      title: "a count of uses that is too low, of a list of parts",
      kind: "references-differ",
      write: ({ index }, engine) => index.blobs.put(fileOf(engine, "parts"), 1),
    },
    {
      title: "a file that nobody counts",
      kind: "references-differ",
      write: ({ index }, engine) => index.blobs.remove(fileOf(engine, "large")),
    },
    {
      title: "a counted file that nobody uses",
      kind: "references-differ",
      write: ({ index }) => index.blobs.put(blobKey([fileKind, 1, 77]), 1),
    },
    {
      title: "a list of parts that is gone",
      kind: "manifest-missing",
      findings: 4, // of the object and its copy; and two files without a use
      write: ({ index }, engine) => index.manifests.remove(fileOf(engine, "parts")),
    },
    {
      title: "live bytes of a segment that are wrong",
      kind: "live-bytes-differ",
      write({ index }, engine) {
        const [, epoch, segment] = segmentOf(engine, "small");
        index.segments.put(segmentKey({ epoch, segment }), [1, 17, 0]);
      },
    },
    {
      title: "a segment in use without a row",
      kind: "live-bytes-differ",
      write({ index }, engine) {
        const [, epoch, segment] = segmentOf(engine, "small");
        index.segments.remove(segmentKey({ epoch, segment }));
      },
    },
    {
      title: "a part of no upload",
      kind: "upload-missing",
      findings: 2, // and its file
      write({ index }, engine, uploadId) {
        for (const key of engine.index.read(() => [...engine.index.uploads.getKeys({})])) index.uploads.remove(key);
        expect(index.parts.doesExist(partKey(idBytes(uploadId), 3))).toBe(true);
      },
    },
    {
      title: "a file in use that is to be removed",
      kind: "garbage-in-use",
      write: ({ index }, engine) => index.garbage.put(fileGarbageKey(fileOf(engine, "large")), 1),
    },
    {
      title: "parts in use that are to be removed",
      kind: "garbage-in-use",
      findings: 3, // the list and its two files
      write({ index }, engine) {
        const row = index.manifests.get(fileOf(engine, "parts"));
        if (row !== undefined) index.garbage.put(manifestGarbageKey(fileOf(engine, "parts")), row);
      },
    },
    {
      title: "an upload in use whose parts are to be removed",
      kind: "garbage-in-use",
      write: ({ index }, _engine, uploadId) => index.garbage.put(uploadGarbageKey(idBytes(uploadId)), 1),
    },
    {
      title: "a bucket in use whose uploads are to be removed",
      kind: "garbage-in-use",
      write: ({ index }) => index.garbage.put(bucketGarbageKey(bucketId), 1),
    },
    {
      title: "a queue that counts more messages than it has",
      kind: "counters-differ",
      write: ({ index }) => index.queues.put(Buffer.from("q"), encodeQueue({ waiting: 1, dead: 0, dropped: 0 })),
    },
    {
      title: "a message newer than the last one, of a queue without a row",
      kind: "counters-differ",
      write: ({ index }) => index.messages.put(messageKey("q", "dead", 7), [1, "g", "text", 0, 0, null]),
      findings: 2,
    },
    {
      title: "a message that cannot be read",
      kind: "row-unreadable",
      write({ index, outbox }) {
        outbox.add([{ queue: "q", group: "g", text: "text" }]);
        index.messages.put(messageKey("q", "waiting", 1), 7 as never);
      },
    },
    {
      title: "garbage of no known kind",
      kind: "garbage-unknown",
      write: ({ index }) => index.garbage.put(Buffer.from("what"), 1),
    },
  ];

  test.each(cases)("$title", async ({ kind, write, findings: count = 1 }) => {
    await using temporary = await createFilled();
    const { directory, uploadId } = temporary;
    await change(directory, (engine) => engine.commit((transaction) => write(transaction, engine, uploadId)));

    const { findings } = await checkDataDirectory(directory);

    expect(findings.map((finding) => finding.kind)).toContain(kind);
    expect(findings).toHaveLength(count);
  });

  test("more findings than the list takes are still counted", async () => {
    await using temporary = await createFilled();
    await change(temporary.directory, (engine) =>
      engine.commit(({ index }) => {
        for (let n = 0; n < 10; n += 1) index.garbage.put(Buffer.from(`what ${n}`), 1);
      }),
    );

    const { findings, findingCount } = await checkDataDirectory(temporary.directory, { maxFindings: 3 });

    expect([findings.length, findingCount]).toEqual([3, 10]);
  });
});
