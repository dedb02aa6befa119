import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { checkDataDirectory } from "../src/embedded/check/check-data-directory.ts";
import { lockDataDirectory } from "../src/embedded/data-directory.ts";
import { openEmbeddedStore } from "../src/embedded/open-embedded-store.ts";
import { createMemoryStore } from "../src/memory/create-memory-store.ts";
import type { ObjectStore, OnChange } from "../src/object-store.ts";
import { bodyOf, plain } from "../src/testing/case-tools.ts";
import { createTemporaryDirectory, openTemporaryStore } from "./temporary-store.ts";

const queue = "webhook:a";
const onChange: OnChange = ({ version }) => [{ queue, group: version.key, text: version.key }];

async function putMany(store: ObjectStore, keys: readonly string[]): Promise<void> {
  await Promise.all(
    keys.map((key) => store.putObject({ bucket: "photos", key }, bodyOf("abc"), { ...plain, onChange })),
  );
}

async function dropsWhatDoesNotFit(store: ObjectStore): Promise<void> {
  await putMany(store, ["a", "b", "c", "d"]);
  expect(await store.listQueues()).toEqual([{ name: queue, waiting: 3, dead: 0, dropped: 1 }]);

  const [first] = await store.readMessages(queue, { state: "waiting", limit: 1 });
  await store.changeMessages(queue, [{ sequence: first?.sequence ?? 0, to: "dead", attempts: 1, dueAt: new Date(0) }]);
  await putMany(store, ["e"]);
  expect(await store.listQueues()).toEqual([{ name: queue, waiting: 2, dead: 1, dropped: 2 }]);

  await store.changeMessages(queue, [{ sequence: first?.sequence ?? 0, to: "done" }]);
  await putMany(store, ["f"]);
  expect(await store.listQueues()).toEqual([{ name: queue, waiting: 3, dead: 0, dropped: 2 }]);
  expect(await store.headObject({ bucket: "photos", key: "e" })).toBeDefined();
}

test("a full queue drops and counts what does not fit, and the writes succeed", async () => {
  await using temporary = await openTemporaryStore({ maxQueueMessages: 3 });
  await dropsWhatDoesNotFit(temporary.store);

  const memory = createMemoryStore({ maxQueueMessages: 3 });
  await memory.createBucket({ name: "photos", ownerId: "owner" });
  await dropsWhatDoesNotFit(memory);
});

test("messages outlive a killed process, with their changes and in their order", async () => {
  await using temporary = await createTemporaryDirectory();
  const { directory } = temporary;
  const child = spawn(process.execPath, ["--conditions=@stave/source", writerPath, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");

  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory });
  const { objects } = await store.listObjects("photos", { maxKeys: 1000 });
  const messages = await store.readMessages(queue, { state: "waiting", limit: 1000 });
  expect(messages.length).toBeGreaterThanOrEqual(20);
  expect(messages.map(({ text }) => text)).toEqual(objects.map(({ key }) => key));
  await store.close();
  await lock.release();
  expect((await checkDataDirectory(directory)).findings).toEqual([]);
});

const writerPath = new URL("./children/tell.ts", import.meta.url).pathname;
