// Rough figures of the store alone: node --conditions=@stave/source bench/bench.ts [directory]
// CPU is user + system of the process, all threads: on a shared machine it says more than the rate.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockDataDirectory, type ObjectStore, openEmbeddedStore } from "../src/index.ts";

const bucket = "bench";
const meta = { ownerId: "owner", metadata: { headers: { "content-type": "text/plain" }, user: {} } };
const writers = 64;
const roundMs = 1500;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* repeated(bytes: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < times; at += 1) yield bytes;
}

async function measure(title: string, concurrency: number, step: (at: number) => Promise<void>): Promise<void> {
  let done = 0;
  let next = 0;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() - started < roundMs) {
      next += 1;
      await step(next);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${title.padEnd(28)} ${String(Math.round(done / seconds)).padStart(9)}/s  ` +
      `${((user + system) / done).toFixed(1).padStart(9)} us CPU (${(user / done).toFixed(1)} user)`,
  );
}

async function read(store: ObjectStore, key: string): Promise<void> {
  const opened = await store.openObject({ bucket, key });
  if (opened === undefined || !("read" in opened)) throw new Error(`${key} is not there`);
  for await (const chunk of opened.read()) if (chunk.length === 0) throw new Error("empty chunk");
  await opened.close();
}

const directory = process.argv[2] ?? (await mkdtemp(join(tmpdir(), "stave-bench-")));
const lock = await lockDataDirectory(directory);
const store = await openEmbeddedStore({ directory });
await store.createBucket({ name: bucket, ownerId: "owner" });

const small = Buffer.alloc(4096, 7);
const medium = Buffer.alloc(131_072, 8);
const chunk = Buffer.alloc(65_536, 9);

for (const count of [1, 16, writers]) {
  await measure(`put 4 KiB, ${count} writers`, count, async (at) => {
    await store.putObject({ bucket, key: `put-${count}/${at % 50_000}` }, once(small), meta);
  });
}
await measure("put 128 KiB, 16 writers", 16, async (at) => {
  await store.putObject({ bucket, key: `medium/${at % 500}` }, once(medium), meta);
});
await measure("put 64 MiB, 1 writer", 1, async () => {
  await store.putObject({ bucket, key: "large" }, repeated(chunk, 1024), meta);
});
await measure("head", 1, async () => {
  await store.headObject({ bucket, key: "put-64/100" });
});
await measure("get 4 KiB", 16, async () => await read(store, "put-64/100"));
await measure("get 128 KiB", 16, async () => await read(store, "medium/100"));
await measure("get 64 MiB", 1, async () => await read(store, "large"));
for (let at = 0; at < 20_000; at += 500) {
  await Promise.all(
    Array.from({ length: 500 }, (_, more) =>
      store.putObject({ bucket, key: `list/${(at + more) % 2000}/${at + more}` }, once(Buffer.of(1)), meta),
    ),
  );
}
await measure("list 1,000 keys", 1, async () => {
  const { objects } = await store.listObjects(bucket, { prefix: "list/", maxKeys: 1000 });
  if (objects.length !== 1000) throw new Error("short list");
});
await measure("list 1,000 common prefixes", 1, async () => {
  const { commonPrefixes } = await store.listObjects(bucket, { prefix: "list/", delimiter: "/", maxKeys: 1000 });
  if (commonPrefixes.length !== 1000) throw new Error("short list");
});
await measure("delete 1 byte, 64 writers", writers, async (at) => {
  await store.deleteObject({ bucket, key: `list/${at % 2000}/${at % 20_000}` });
});

await store.close();
await lock.release();
if (process.argv[2] === undefined) await rm(directory, { recursive: true });
