import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore, type ObjectStore, StoreError } from "@stave/object-store";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realDayMs } from "../lifecycle/due-date.ts";
import { createLifecycleMetrics } from "./lifecycle-metrics.ts";
import { createLifecycleRecord } from "./lifecycle-record.ts";
import { keepLifecycle } from "./lifecycle-schedule.ts";
import { createLogger } from "./logger.ts";

const bucket = "photos";

let directory = "";
let now: Date;
let store: ObjectStore;
let runs = 0;
let lookCount = 0;
let failing = false;
let written: string[] = [];
let registry: Registry;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "stave-schedule-"));
  now = new Date("2026-03-01T10:30:00Z");
  runs = 0;
  failing = false;
  written = [];
  registry = new Registry();
  const memory = createMemoryStore({ now: () => now });
  await memory.createBucket({ name: bucket, ownerId: "owner" });
  const rule = "<Rule><ID>r</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>";
  await memory.putBucketConfiguration(bucket, "lifecycle", `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`);
  store = {
    ...memory,
    // Every run looks at all buckets once.
    async listBuckets(query) {
      runs += 1;
      if (failing) throw new StoreError("InternalError", "no luck");
      return await memory.listBuckets(query);
    },
  };
});
afterEach(() => rm(directory, { recursive: true }));

async function keeping(work: () => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const schedule = {
    store,
    logger: createLogger("info", { write: (line) => written.push(line) }),
    metrics: createLifecycleMetrics(registry),
    record: createLifecycleRecord(directory),
    dayMs: realDayMs,
    intervalMs: realDayMs,
    now: () => {
      lookCount += 1;
      return now;
    },
    checkEveryMs: 1,
  };
  const kept = keepLifecycle(schedule, stopping.signal);
  try {
    await work();
  } finally {
    stopping.abort();
    await kept;
  }
}

/** Until the clock has been looked at some more times. */
async function looks(): Promise<void> {
  const seen = lookCount;
  await expect.poll(() => lookCount, { interval: 1 }).toBeGreaterThan(seen + 20);
}

const runsReach = (count: number) => expect.poll(() => runs, { interval: 1 }).toBe(count);
const put = (key: string) =>
  store.putObject({ bucket, key }, Buffer.from("x"), { ownerId: "o", metadata: { headers: {}, user: {} } });

async function metric(name: string): Promise<number | undefined> {
  return (await registry.getSingleMetric(name)?.get())?.values[0]?.value;
}

test("runs at the first start, then once after each midnight, and counts what it does", async () => {
  await keeping(async () => {
    await put("a");
    await runsReach(1);
    now = new Date("2026-03-01T23:59:59.999Z");
    await looks();
    expect(runs).toBe(1);

    now = new Date("2026-03-02T00:00:00Z");
    await runsReach(2);
    await looks();
    expect(await store.headObject({ bucket, key: "a" })).toBeDefined();
    now = new Date("2026-03-03T00:00:00Z");
    await runsReach(3);

    await expect.poll(() => store.headObject({ bucket, key: "a" })).toBeUndefined();
    await expect.poll(() => metric("stave_lifecycle_last_run_timestamp_seconds")).toBe(now.getTime() / 1000);
    expect((await registry.getSingleMetric("stave_lifecycle_actions_total")?.get())?.values).toEqual([
      { labels: { action: "delete-object" }, value: 1 },
    ]);
    expect(await metric("stave_lifecycle_errors_total")).toBe(0);
    expect(written.join("")).toContain('"done":1,"changed":0,"errors":0,"msg":"carried out lifecycle rules"');
  });
});

test("runs at a start when a day was missed, and only then", async () => {
  const recorded = () => createLifecycleRecord(directory).read();
  await keeping(async () => {
    await expect.poll(recorded).toEqual(now);
  });
  registry = new Registry();
  await keeping(looks);
  expect(runs).toBe(1);
  expect(await metric("stave_lifecycle_last_run_timestamp_seconds")).toBe(now.getTime() / 1000);

  registry = new Registry();
  now = new Date("2026-03-02T05:00:00Z");
  await keeping(() => runsReach(2));
});

test("runs again after a while when something has failed, and says so", async () => {
  failing = true;
  await keeping(async () => {
    await runsReach(1);
    await looks();
    expect(runs).toBe(1);
    expect(await createLifecycleRecord(directory).read()).toBeUndefined();
    expect(await metric("stave_lifecycle_errors_total")).toBe(1);
    expect(written.join("")).toMatch(/"level":50.*no luck.*lifecycle rules failed/);

    failing = false;
    now = new Date(now.getTime() + 10 * 60_000);
    await runsReach(2);
    await expect.poll(() => createLifecycleRecord(directory).read()).toEqual(now);
  });
});

test("runs when the clock was set back, and when its record is damaged", async () => {
  const record = createLifecycleRecord(directory);
  await record.write(new Date("2027-01-01T00:00:00Z"));
  await keeping(() => runsReach(1));

  for (const damage of ["", "null", "{", '{"lastRunStartedAt":7}', '{"lastRunStartedAt":"soon"}']) {
    await writeFile(join(directory, "lifecycle.json"), damage);
    expect(await record.read()).toBeUndefined();
  }
});

test("the record is replaced as a whole, for its owner only", async () => {
  const record = createLifecycleRecord(directory);

  await record.write(new Date("2026-01-01T00:00:00Z"));
  await record.write(now);

  expect(await record.read()).toEqual(now);
  expect(await readFile(join(directory, "lifecycle.json"), "utf8")).toBe(
    '{"lastRunStartedAt":"2026-03-01T10:30:00.000Z"}\n',
  );
  expect((await stat(join(directory, "lifecycle.json"))).mode & 0o777).toBe(0o600);
});
