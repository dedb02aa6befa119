import { expect, test } from "vitest";
import { createTemporaryDirectory } from "../../test/temporary-store.ts";
import { plain } from "../testing/case-tools.ts";
import { bucketOperations } from "./bucket-operations.ts";
import { lockDataDirectory } from "./data-directory.ts";
import { openEngine } from "./engine.ts";
import { currentKey } from "./index-keys.ts";
import { objectOperations } from "./object-operations.ts";
import { type AttributesRow, decodeVersion, encodeVersion } from "./records.ts";

const bucket = "photos";
const address = { bucket, key: "a" };

test.each([
  ["a mode", [null, null, ["?", Date.now() + 1e9], null, null]],
  ["a date", [null, null, [1, "?"], null, null]],
  ["a legal hold", [null, null, null, "?", null]],
])("%s that cannot be read locks a version", async (_, attributes) => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  const lock = await lockDataDirectory(directory);
  const engine = await openEngine({
    directory,
    now: () => new Date(),
    smallMaxBytes: 1000,
    maxQueueMessages: 10,
    onPoint: () => {},
  });
  const { createBucket } = bucketOperations(engine);
  const { putObject, deleteObject } = objectOperations(engine);
  await createBucket({ name: bucket, ownerId: "owner", hasObjectLock: true });
  const { versionId } = await putObject(address, Buffer.from("kept"), plain);
  await engine.commit(({ index }) => {
    const key = currentKey(engine.bucket(bucket).id, "a");
    const row = index.current.get(key);
    const stored = row && decodeVersion(row);
    if (stored?.object === undefined) throw new TypeError("Expected an object");
    const object = { ...stored.object, attributes: attributes as unknown as AttributesRow };
    index.current.put(key, encodeVersion({ ...stored, object }));
  });

  const removed = deleteObject(address, { versionId, bypassesGovernance: true });

  await expect(removed).rejects.toMatchObject({ code: "ObjectLocked" });
  await engine.close();
  await lock.release();
});
