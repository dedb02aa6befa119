import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow } from "../../../test/temporary-store.ts";
import { bodyOf, minPartBytes, patterned, plain } from "../../testing/case-tools.ts";
import { bucketOperations } from "../bucket-operations.ts";
import { lockDataDirectory } from "../data-directory.ts";
import { type Engine, openEngine } from "../engine.ts";
import { objectOperations } from "../object-operations.ts";
import { sweep } from "../sweep.ts";
import { uploadOperations } from "../upload-operations.ts";
import { holding, holdKeys, isHeld } from "./hold.ts";

const bucket = "photos";

function open(directory: string): Promise<Engine> {
  return openEngine({ directory, now: () => new Date(), maxQueueMessages: 10, smallMaxBytes: 1000, onPoint: () => {} });
}

async function fill(engine: Engine): Promise<void> {
  const { createBucket } = bucketOperations(engine);
  const { putObject } = objectOperations(engine);
  const { createUpload, putPart, completeUpload } = uploadOperations(engine);
  await createBucket({ name: bucket, ownerId: "owner" });
  for (const key of ["deleted", "overwritten"]) await putObject({ bucket, key }, bodyOf(patterned(2000)), plain);
  const done = await createUpload({ bucket, key: "parts" }, plain);
  const first = await putPart(done, bodyOf(patterned(minPartBytes)), { partNumber: 1 });
  const second = await putPart(done, bodyOf(patterned(2000)), { partNumber: 2 });
  await completeUpload(done, { parts: [first, second] });
}

async function removeAll(engine: Engine): Promise<void> {
  const { deleteObject, putObject } = objectOperations(engine);
  const { createUpload, putPart, abortUpload } = uploadOperations(engine);
  await deleteObject({ bucket, key: "deleted" });
  await deleteObject({ bucket, key: "parts" });
  await putObject({ bucket, key: "overwritten" }, bodyOf("small"), plain);
  const aborted = await createUpload({ bucket, key: "aborted" }, plain);
  await putPart(aborted, bodyOf(patterned(2000)), { partNumber: 1 });
  await abortUpload(aborted);
}

test("nothing is removed while a process holds, by steps, collector or sweep, and everything after", async () => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  let lock = await lockDataDirectory(directory);
  const first = await open(directory);
  await fill(first);
  await first.close();
  await lock.release();
  lock = await lockDataDirectory(directory); // so that a sweep may look at what is there
  const engine = await open(directory);
  const before = await filesBelow(directory, "blobs");

  await holding(engine, async () => {
    await removeAll(engine);
    await engine.garbage.idle();
    expect(await sweep({ directory, onPoint: () => {}, ...engine }, {})).toMatchObject({ orphanFiles: 0 });
    expect(await filesBelow(directory, "blobs")).toEqual(expect.arrayContaining(before));
  });
  await engine.garbage.idle();

  expect(before).toHaveLength(4);
  expect(await filesBelow(directory, "blobs")).toEqual([]);
  expect([...engine.index.garbage.getKeys({})]).toEqual([]);
  await engine.close();
  await lock.release();
});

test("a hold ends with its work when that fails, with its process, and with the next lock", async () => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  const lock = await lockDataDirectory(directory);
  const engine = await open(directory);
  const held = () => engine.index.read(() => isHeld(engine.index));

  await expect(holding(engine, () => Promise.reject(new Error("disk")))).rejects.toThrow("disk");
  const afterFailure = held();
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const [key] = await holding(engine, async () => holdKeys(engine.index));
  await engine.commit(({ index }) => index.meta.put(key ?? Buffer.alloc(0), pid));
  const afterDeath = held();
  await engine.commit(({ index }) => index.meta.put(key ?? Buffer.alloc(0), process.pid));
  const whileHeld = held();
  await engine.close();
  await lock.release();

  const again = await lockDataDirectory(directory);
  const next = await open(directory);
  expect([afterFailure, afterDeath, whileHeld]).toEqual([false, false, true]);
  expect(next.index.read(() => holdKeys(next.index))).toEqual([]);
  await next.close();
  await again.release();
});
