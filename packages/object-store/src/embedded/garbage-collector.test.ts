import { expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow } from "../../test/temporary-store.ts";
import { bodyOf, minPartBytes, patterned, plain } from "../testing/case-tools.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { lockDataDirectory } from "./data-directory.ts";
import { openEngine } from "./engine.ts";
import { objectOperations } from "./object-operations.ts";
import { hasUnflushed } from "./unflushed.ts";
import { uploadOperations } from "./upload-operations.ts";

test("files go only when the delete of their object cannot be taken back by a power cut", async () => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  const lock = await lockDataDirectory(directory);
  const unflushed: boolean[] = [];
  const engine = await openEngine({
    directory,
    now: () => new Date(),
    smallMaxBytes: 1000,
    maxQueueMessages: 10,
    onPoint(point) {
      if (point === "garbage:files-removed") unflushed.push(engine.index.read(() => hasUnflushed(engine.index)));
    },
  });
  const { createBucket, putBucketDurability } = bucketOperations(engine);
  const { createUpload, putPart, completeUpload } = uploadOperations(engine);
  const { deleteObject, putObject } = objectOperations(engine);
  const address = { bucket: "photos", key: "a" };
  await createBucket({ name: "photos", ownerId: "owner" });
  await putBucketDurability("photos", "relaxed");
  const upload = await createUpload(address, plain);
  const first = await putPart(upload, bodyOf(patterned(minPartBytes)), { partNumber: 1 });
  const second = await putPart(upload, bodyOf(patterned(2000)), { partNumber: 2 });
  await completeUpload(upload, { parts: [first, second] });
  await putObject({ bucket: "photos", key: "b" }, bodyOf(patterned(2000)), plain);

  await deleteObject(address);
  await engine.garbage.idle();
  await deleteObject({ bucket: "photos", key: "b" });
  const whileUnflushed = engine.index.read(() => hasUnflushed(engine.index));
  const beforeFlush = await filesBelow(directory, "blobs");
  await engine.close();

  expect(unflushed).toEqual([false]);
  expect([whileUnflushed, beforeFlush.length]).toEqual([true, 1]);
  expect(await filesBelow(directory, "blobs")).toEqual([]);
  await lock.release();
});
