// Appends to objects, renames, copies and deletes them, and reads them all the time, until it is told to stop, or kills itself at the
// n-th time that it comes to a point. Tells how long its ledger is as soon as that is acknowledged.
import { openEmbeddedStore } from "../../src/embedded/open-embedded-store.ts";
import { collect, plain } from "../../src/testing/case-tools.ts";
import { createRandom } from "../../src/testing/history-calls.ts";
import { appendBody, ledger } from "../append-body.ts";

const bucket = "photos";
const maxSizeBytes = 500_000;
const [, , directory = "", name = "", point = "", times = "0"] = process.argv;
let hits = 0;
const store = await openEmbeddedStore({
  directory,
  onPoint(reached) {
    if (reached !== point) return;
    hits += 1;
    if (hits === Number(times)) process.kill(process.pid, "SIGKILL");
  },
});
let isStopped = false;
process.on("message", () => {
  isStopped = true;
});

async function grow(key: string, addedBytes: number): Promise<number> {
  const address = { bucket, key };
  const current = await store.headObject(address);
  const offsetBytes = current === undefined || current.isDeleteMarker ? 0 : current.sizeBytes;
  if (offsetBytes > maxSizeBytes && !key.endsWith(ledger)) {
    await store.deleteObject(address);
    return 0;
  }
  const body = appendBody(offsetBytes, addedBytes);
  return (await store.appendObject(address, body, { ...plain, offsetBytes })).sizeBytes;
}

async function withOpen(key: string, use: Parameters<typeof read>[1]): Promise<void> {
  const opened = await store.openObject({ bucket, key });
  if (opened === undefined || !("read" in opened)) return;
  try {
    await read(opened, use);
  } finally {
    await opened.close();
  }
}

type Opened = Extract<Awaited<ReturnType<typeof store.openObject>>, { read: unknown }>;

/** Before and after something is done with the object: its reader sees no difference. */
async function read(opened: Opened, use: (opened: Opened) => Promise<unknown>): Promise<void> {
  const expected = appendBody(0, opened.version.sizeBytes);
  for (const turn of ["before", "after"]) {
    if (!expected.equals(await collect(opened.read()))) throw new Error(`read other bytes ${turn}`);
    if (turn === "before") await use(opened);
  }
}

async function work(worker: number): Promise<void> {
  const random = createRandom(worker + Number(times));
  const oneKey = () => `${name}/${worker}/${random(3)}`;
  while (!isStopped) {
    const [key, other, kind] = [oneKey(), oneKey(), random(12)];
    if (kind < 6) await grow(key, 1 + random(random(3) === 0 ? 150_000 : 3000));
    else if (kind === 6) await withOpen(key, () => grow(key, 1 + random(3000)));
    else if (kind === 7) await withOpen(key, () => store.deleteObject({ bucket, key }));
    else if (kind === 8) await withOpen(key, (opened) => store.copyObject(opened, { bucket, key: other }, plain));
    else if (kind === 9) {
      await withOpen(key, async (opened) => {
        await grow(key, 1 + random(3000));
        await store.copyObject(opened, { bucket, key: other }, plain);
      });
    } else {
      const source = await store.headObject({ bucket, key });
      if (source !== undefined) await store.renameObject({ bucket, key: other }, { sourceKey: key });
    }
  }
}

async function keepLedger(): Promise<void> {
  while (!isStopped) process.send?.(await grow(`${name}/${ledger}`, 1000));
}

await Promise.all([keepLedger(), work(1), work(2), work(3)]);
await store.close();
process.disconnect?.();
