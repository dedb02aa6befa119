import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDataDirectory } from "../src/embedded/check/check-data-directory.ts";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { type EmbeddedStore, openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { bodyOf, collect, minPartBytes, patterned, plain } from "../src/testing/case-tools.ts";
import { createTemporaryDirectory, filesBelow } from "./temporary-store.ts";

const bucket = "photos";
const key = patterned(32, 9);
const encryption = { key, description: "how to find the key" };
const marker = "plaintext that nobody may find. ";

/** Bodies that would be found in any of their bytes, in a segment and in files. */
const bodies = { small: textOf(2000), medium: textOf(131_000), large: textOf(300_001) };

test("no byte of an encrypted body is on the disk, also after a restart, compaction, a scrub and in a snapshot", async () => {
  await using temporary = await createTemporaryDirectory();
  const directory = join(temporary.directory, "data");
  const target = join(temporary.directory, "snapshot");
  const parts = [textOf(minPartBytes + 7), textOf(70_000)];

  await withStore(directory, async (store) => {
    await store.createBucket({ name: bucket, ownerId: "owner" });
    await putAll(store);
    const upload = await store.createUpload({ bucket, key: "parts" }, { ...plain, encryption: encryption.description });
    const stored = [];
    for (const [at, bytes] of parts.entries()) {
      stored.push(await store.putPart(upload, bodyOf(bytes), { partNumber: at + 1, encryption }));
    }
    await store.completeUpload(upload, { parts: stored });
    const unfinished = await store.createUpload({ bucket, key: "z" }, { ...plain, encryption: encryption.description });
    await store.putPart(unfinished, bodyOf(parts[1] ?? ""), { partNumber: 1, encryption });
    expect(await findText(directory, marker)).toEqual([]);
  });

  await withStore(directory, async (store) => {
    // The segments of the first start are complete, and half of what is in them is dead now.
    await store.deleteObject({ bucket, key: "medium" });
    const compacted = await store.compact({ minDeadRatio: 0.01 });
    expect(compacted.movedBodies).toBeGreaterThan(0);
    const damaged: unknown[] = [];
    await store.scrub({ onDamage: (body) => damaged.push(body) });
    expect(damaged).toEqual([]);
    await store.snapshot(target);
    expect(await read(store, "small")).toEqual(bodies.small);
    expect(await read(store, "large")).toEqual(bodies.large);
    expect((await read(store, "parts")).equals(Buffer.concat(parts))).toBe(true);
  });

  for (const place of [directory, target]) {
    expect(await findText(place, marker)).toEqual([]);
    expect((await checkDataDirectory(place)).findings).toEqual([]);
    await withStore(place, async (store) => expect(await read(store, "small")).toEqual(bodies.small));
  }
});

test("the search for plaintext finds what is not encrypted", async () => {
  await using temporary = await createTemporaryDirectory();

  await withStore(temporary.directory, async (store) => {
    await store.createBucket({ name: bucket, ownerId: "owner" });
    await store.putObject({ bucket, key: "small" }, bodies.small, plain);
    await store.putObject({ bucket, key: "large" }, bodies.large, plain);
  });

  expect((await findText(temporary.directory, marker)).map((file) => file.split("/")[0])).toEqual([
    "blobs",
    "segments",
  ]);
});

test("an object that is not encrypted has the same row as ever, and bytes that are not touched", async () => {
  await using temporary = await createTemporaryDirectory();
  await withStore(temporary.directory, async (store) => {
    await store.createBucket({ name: bucket, ownerId: "owner" });
    await store.putObject({ bucket, key: "large" }, bodies.large, plain);
  });

  const [file = ""] = await filesBelow(temporary.directory, "blobs");

  expect((await readFile(file)).subarray(0, bodies.large.length)).toEqual(bodies.large);
});

test("a body that was damaged and given a fitting checksum is refused all the same", async () => {
  await using temporary = await createTemporaryDirectory();
  await withStore(temporary.directory, async (store) => {
    await store.createBucket({ name: bucket, ownerId: "owner" });
    await store.putObject({ bucket, key: "large" }, bodies.large, { ...plain, encryption });
    await store.putObject({ bucket, key: "other" }, bodies.large, { ...plain, encryption });
    const [one = "", other = ""] = await filesBelow(temporary.directory, "blobs");
    // Whole and intact, and not what was written under this name.
    await swap(one, other);

    await expect(read(store, "large")).rejects.toMatchObject({ code: "ObjectDamaged" });
    await expect(read(store, "other")).rejects.toMatchObject({ code: "ObjectDamaged" });
  });
});

async function putAll(store: EmbeddedStore): Promise<void> {
  for (const [name, bytes] of Object.entries(bodies)) {
    await store.putObject({ bucket, key: name }, name === "large" ? bodyOf(bytes) : bytes, { ...plain, encryption });
  }
}

async function withStore(directory: string, use: (store: EmbeddedStore) => Promise<void>): Promise<void> {
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory });
  try {
    await use(store);
  } finally {
    await store.close();
    await lock.release();
  }
}

async function read(store: EmbeddedStore, name: string): Promise<Buffer> {
  const opened = await store.openObject({ bucket, key: name }, undefined, { keyOf: () => key });
  if (opened === undefined || !("read" in opened)) throw new Error(`${name} is not there`);
  try {
    return await collect(opened.read());
  } finally {
    await opened.close();
  }
}

function textOf(sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, marker);
}

/** Which files hold the text, or a good part of it. */
async function findText(directory: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of await filesBelow(directory, ".")) {
    if ((await stat(file)).size > 2 ** 28) throw new Error(`${file} is too large to be searched`);
    if ((await readFile(file)).includes(text.slice(0, 8))) found.push(file.slice(directory.length + 1));
  }
  return found.toSorted();
}

async function swap(one: string, other: string): Promise<void> {
  const [first, second] = [await readFile(one), await readFile(other)];
  await writeFile(one, second);
  await writeFile(other, first);
}
