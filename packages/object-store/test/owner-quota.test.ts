import { describe, expect, test } from "vitest";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { createMemoryStore } from "../src/memory/create-memory-store.ts";
import type { ObjectStore } from "../src/object-store.ts";
import { bodyOf, failingBody, minPartBytes, open, patterned, plain, put } from "../src/testing/case-tools.ts";
import { createTemporaryDirectory } from "./temporary-store.ts";

type Options = { readonly ownerQuota: (ownerId: string) => number | undefined };

const exceeded = expect.objectContaining({ name: "StoreError", code: "QuotaExceeded" });
const unread = () => failingBody(new Error("the body was read"));

async function withEmbedded(options: Options, work: (store: ObjectStore, second: ObjectStore) => Promise<void>) {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory, ...options });
  const second = await openEmbeddedStore({ directory, ...options });
  try {
    await work(store, second);
  } finally {
    await store.close();
    await second.close();
    await lock.release();
  }
}

async function withMemory(options: Options, work: (store: ObjectStore, second: ObjectStore) => Promise<void>) {
  const store = createMemoryStore(options);
  await work(store, store);
}

describe.each([
  ["the embedded store, opened twice", withEmbedded],
  ["the memory store", withMemory],
])("the quota of an owner in %s", (_, withStore) => {
  const ten: Options = { ownerQuota: (ownerId) => (ownerId === "owner" ? 10 : undefined) };

  test("counts all his buckets together, wherever they were written to, and nobody else's", async () => {
    await withStore(ten, async (store, second) => {
      await store.createBucket({ name: "a", ownerId: "owner" });
      await put(store, "a", "k", "1234");
      await second.createBucket({ name: "b", ownerId: "owner" });
      await second.createBucket({ name: "c", ownerId: "somebody" });
      await put(second, "b", "k", "1234");
      await put(second, "c", "k", "more than all of it");

      await expect(put(store, "a", "l", "123")).rejects.toThrow(exceeded);
      await expect(put(second, "b", "l", "123")).rejects.toThrow(exceeded);
      await put(store, "a", "l", "12");
      await expect(put(second, "b", "m", "1")).rejects.toThrow(exceeded);
      await put(second, "b", "empty", "");

      await store.deleteObject({ bucket: "a", key: "k" });
      await put(second, "b", "m", "1234");
      await put(second, "b", "m", "12"); // what makes less of it is always allowed
    });
  });

  test("refuses before the body is read, when its size is known", async () => {
    await withStore(ten, async (store) => {
      await store.createBucket({ name: "a", ownerId: "owner" });
      const input = { ...plain, declaredSizeBytes: 11 };
      await expect(store.putObject({ bucket: "a", key: "k" }, unread(), input)).rejects.toThrow(exceeded);
      await expect(
        store.appendObject({ bucket: "a", key: "k" }, unread(), { ...input, offsetBytes: 0 }),
      ).rejects.toThrow(exceeded);
      const upload = await store.createUpload({ bucket: "a", key: "k" }, plain);
      const part = { partNumber: 1, declaredSizeBytes: 11 };
      await expect(store.putPart(upload, unread(), part)).rejects.toThrow(exceeded);
      await expect(put(store, "a", "k", "12345678901")).rejects.toThrow(exceeded);
    });
  });

  test("applies to copies, completed uploads and appended bytes", async () => {
    const ownerQuota = () => minPartBytes + 10;
    await withStore({ ownerQuota }, async (store) => {
      await store.createBucket({ name: "a", ownerId: "owner" });
      await store.createBucket({ name: "b", ownerId: "owner" });
      await put(store, "a", "k", "12345678");
      const upload = await store.createUpload({ bucket: "b", key: "k" }, plain);
      const parts = [
        await store.putPart(upload, bodyOf(patterned(minPartBytes)), { partNumber: 1 }),
        await store.putPart(upload, bodyOf("end"), { partNumber: 2 }),
      ];
      await expect(store.completeUpload(upload, { parts })).rejects.toThrow(exceeded);
      await store.deleteObject({ bucket: "a", key: "k" });
      await store.completeUpload(upload, { parts });

      await put(store, "a", "k", "1234567");
      const source = await open(store, "a", "k");
      await expect(store.copyObject(source, { bucket: "a", key: "l" }, plain)).rejects.toThrow(exceeded);
      await source.close();
      const appended = store.appendObject({ bucket: "a", key: "k" }, bodyOf("8"), { ...plain, offsetBytes: 7 });
      await expect(appended).rejects.toThrow(exceeded);
    });
  });

  test("holds among writers that come at once", async () => {
    await withStore(ten, async (store, second) => {
      await store.createBucket({ name: "a", ownerId: "owner" });
      await store.createBucket({ name: "b", ownerId: "owner" });
      const writes = Array.from({ length: 30 }, (_, at) =>
        put(at % 2 === 0 ? store : second, at % 3 === 0 ? "a" : "b", `k${at}`, "1"),
      );

      const results = await Promise.allSettled(writes);

      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    });
  });
});
