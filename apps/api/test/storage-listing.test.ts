import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3Client, objectPath, type S3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

/** `STAVE_TEST_OBJECTS=100000` takes minutes. A fifth of that has as many kinds of pages. */
const count = Number(process.env.STAVE_TEST_OBJECTS ?? 20_000);
const writers = 64;
const patienceMs = 60_000 + count * 10;

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
const keyOf = (index: number) => `${index % 10 === 0 ? "tenth" : "rest"}/${String(index).padStart(6, "0")} é+%2F.txt`;
const keys = Array.from({ length: count }, (_, index) => keyOf(index)).toSorted();

beforeAll(async () => {
  gateway = await startGateway({ workers: 2 });
  api = await startApi(gateway, { args: ["--rate-limit", "1000000"] });
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/many" });
  const left = keys.values();
  const write = async () => {
    for (const key of left) {
      const { status } = await s3.call({ method: "PUT", path: objectPath("many", key), body: "x" });
      if (status !== 200) throw new Error(`${key}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}, patienceMs);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

type Pages = { readonly keys: readonly string[]; readonly ms: readonly number[] };

async function listAll(query: string, between = async (_page: number) => {}): Promise<Pages> {
  const listed: string[] = [];
  const ms: number[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const start = performance.now();
    const { status, body } = await api.call(`/api/storage/buckets/many/objects?${query}${from}`);
    ms.push(performance.now() - start);
    expect(status).toBe(200);
    for (const { key } of body.data) listed.push(key);
    cursor = body.nextCursor;
    await between(ms.length);
  }
  return { keys: listed, ms };
}

test(
  "many objects are listed page by page, each once, and late pages cost what early ones do",
  async () => {
    const pages = await listAll("limit=1000");

    expect(pages.keys).toEqual(keys);
    expect(pages.ms).toHaveLength(Math.ceil(count / 1000));
    const half = Math.floor(pages.ms.length / 2);
    // Others use the machine as well: only what grows with the place in the list is that much slower.
    expect(middle(pages.ms.slice(half))).toBeLessThan(4 * middle(pages.ms.slice(0, half)) + 20);
    if (process.env.STAVE_TEST_OBJECTS !== undefined) {
      console.info(`${count} objects: ${pages.ms.length} pages, ${Math.round(pages.ms.reduce((a, b) => a + b))} ms`);
    }
  },
  patienceMs,
);

test(
  "also below a prefix, and when they are searched, which skips what does not fit",
  async () => {
    const tenth = keys.filter((key) => key.startsWith("tenth/"));
    expect((await listAll("limit=300&prefix=tenth/")).keys).toEqual(tenth);
    expect((await listAll(`limit=700&search=${encodeURIComponent("7 É+%2f.TXT")}`)).keys).toEqual(
      keys.filter((key) => key.includes("7 é")),
    );
    expect((await listAll("limit=50&search=9%20&prefix=tenth/")).keys).toEqual([]);
  },
  patienceMs,
);

test(
  "also while objects are written before, at and behind the place, and deleted there",
  async () => {
    const pages = await listAll("limit=1000", async (page) => {
      const next = keys[page * 1000];
      await s3.call({ method: "PUT", path: objectPath("many", `a-new-${page}`), body: "x" });
      await s3.call({ method: "PUT", path: objectPath("many", `z-new-${page}`), body: "x" });
      await s3.call({ method: "DELETE", path: objectPath("many", keys[page * 1000 - 1] ?? "") });
      if (next !== undefined) await s3.call({ method: "PUT", path: objectPath("many", next), body: "again" });
    });

    expect(new Set(pages.keys).size).toBe(pages.keys.length);
    expect(pages.keys.filter((key) => !key.includes("-new-"))).toEqual(keys);
    expect(pages.keys.filter((key) => key.startsWith("a-new-"))).toEqual([]);
    expect(pages.keys.filter((key) => key.startsWith("z-new-")).length).toBeGreaterThan(0);
  },
  patienceMs,
);

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
