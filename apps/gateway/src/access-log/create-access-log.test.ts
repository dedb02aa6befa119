import { buffer } from "node:stream/consumers";
import { createMemoryStore, type ObjectStore, StoreError } from "@stave/object-store";
import { beforeEach, describe, expect, test } from "vitest";
import { type AccessLogOptions, createAccessLog } from "./create-access-log.ts";

const ownerId = "a".repeat(64);
const receivedAt = new Date("2026-02-06T07:08:09Z");
const source = { bucket: "photos", ownerId, logging: { targetBucket: "logs", targetPrefix: "p-" } };

let store: ObjectStore;
let counts: Record<"delivered" | "dropped", number>;
let errors: unknown[];
beforeEach(async () => {
  store = createMemoryStore();
  counts = { delivered: 0, dropped: 0 };
  errors = [];
  await store.createBucket({ name: "logs", ownerId });
});

function open(options: Partial<AccessLogOptions> = {}) {
  return createAccessLog({
    store,
    region: "us-east-1",
    now: () => receivedAt,
    onRecords: (outcome, count) => {
      counts[outcome] += count;
    },
    onError: (error) => errors.push(error),
    ...options,
  });
}

async function delivered(): Promise<readonly string[]> {
  const { objects } = await store.listObjects("logs", { maxKeys: 1000 });
  return Promise.all(
    objects.map(async ({ key }) => {
      const object = await store.openObject({ bucket: "logs", key });
      if (object === undefined || !("version" in object)) throw new Error("Expected an object");
      const bytes = await buffer(object.read());
      await object.close();
      return bytes.toString();
    }),
  );
}

/** A store whose writes fail as long as it is told so. */
function failing(code: "InsufficientStorage" | "InternalError") {
  const state = { fails: true, puts: 0 };
  const wrapped: ObjectStore = {
    ...store,
    putObject: async (...input) => {
      state.puts += 1;
      if (state.fails) throw new StoreError(code, "No");
      return store.putObject(...input);
    },
  };
  return { state, store: wrapped };
}

test("records of a bucket are one object, in their order, of the owner of both", async () => {
  const log = open();
  log.add(source, "one\n", receivedAt);
  log.add(source, "two\n", receivedAt);

  await log.close();

  expect(await delivered()).toEqual(["one\ntwo\n"]);
  expect(counts).toEqual({ delivered: 2, dropped: 0 });
  const { objects } = await store.listObjects("logs", { maxKeys: 10 });
  expect(objects[0]).toMatchObject({ ownerId, key: expect.stringMatching(/^p-2026-02-06-07-08-09-/) });
});

test("other sources, targets and days are objects of their own", async () => {
  const log = open();
  log.add(source, "a\n", receivedAt);
  log.add({ ...source, bucket: "videos" }, "b\n", receivedAt);
  log.add({ ...source, logging: { ...source.logging, targetPrefix: "q" } }, "c\n", receivedAt);
  log.add(source, "d\n", new Date("2026-02-07T00:00:00Z"));

  await log.close();

  expect((await delivered()).toSorted()).toEqual(["a\n", "b\n", "c\n", "d\n"]);
});

test("a batch that is large enough is delivered at once", async () => {
  const log = open({ maxBatchBytes: 8 });
  log.add(source, "12345678\n", receivedAt);

  await expect.poll(delivered).toEqual(["12345678\n"]);
  await log.close();
});

test("no record waits longer than it should", async () => {
  const log = open({ deliverEveryMs: 5 });
  log.add(source, "soon\n", receivedAt);

  await expect.poll(delivered).toEqual(["soon\n"]);
  await log.close();
});

describe("what cannot be stored", () => {
  test("is tried again, with what has come since, and not at every record", async () => {
    const disk = failing("InsufficientStorage");
    const log = open({ store: disk.store, maxBatchBytes: 4 });
    log.add(source, "one\n", receivedAt);
    await expect.poll(() => errors.length).toBe(1);
    for (const line of ["two\n", "three\n"]) log.add(source, line, receivedAt);
    expect(disk.state.puts).toBe(1);

    disk.state.fails = false;
    await log.close();

    expect(await delivered()).toEqual(["one\ntwo\nthree\n"]);
    expect(counts).toEqual({ delivered: 3, dropped: 0 });
  });

  test("is dropped at the end, and counted", async () => {
    const log = open({ store: failing("InternalError").store });
    log.add(source, "one\n", receivedAt);

    await log.close();
    log.add(source, "late\n", receivedAt);

    expect(counts).toEqual({ delivered: 0, dropped: 2 });
    expect(errors).toHaveLength(1);
  });

  test("does not fill the memory", async () => {
    const log = open({ store: failing("InternalError").store, maxBufferedBytes: 10 });
    for (let count = 0; count < 100; count += 1) log.add(source, "1234\n", receivedAt);
    await log.flush();

    expect(counts).toEqual({ delivered: 0, dropped: 98 });
    await log.close();
    expect(counts).toEqual({ delivered: 0, dropped: 100 });
  });

  test.each([
    ["is gone", async () => store.deleteBucket("logs")],
    [
      "is somebody else's by now",
      async () => {
        await store.deleteBucket("logs");
        await store.createBucket({ name: "logs", ownerId: "b".repeat(64) });
      },
    ],
    [
      "encrypts what is put into it",
      async () => store.putBucketConfiguration("logs", "encryption", "<ServerSideEncryptionConfiguration/>"),
    ],
  ])("because its target %s is dropped", async (_, change) => {
    const log = open();
    log.add(source, "one\n", receivedAt);
    await change();

    await log.flush();

    expect(counts).toEqual({ delivered: 0, dropped: 1 });
    expect(errors).toEqual([expect.objectContaining({ code: "InvalidTargetBucketForLogging" })]);
    await log.close();
  });
});
