import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedStore, lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { realDayMs } from "../lifecycle/due-date.ts";
import { createLifecycleRecord } from "./lifecycle-record.ts";
import { createLogger, logRequest } from "./logger.ts";
import { type MaintenanceOptions, startMaintenance } from "./maintenance.ts";
import { createMaintenanceMetrics } from "./maintenance-metrics.ts";
import { createMetrics } from "./metrics.ts";

const bucket = "photos";
const input = { ownerId: "owner", metadata: { headers: {}, user: {} } };

function createLog() {
  const written: string[] = [];
  const logger = createLogger("info", { write: (line) => written.push(line) });
  return { logger, lines: (): string => written.join("") };
}

async function withStore(
  work: (store: EmbeddedStore, reopen: () => Promise<EmbeddedStore>, directory: string) => Promise<void>,
) {
  const directory = await mkdtemp(join(tmpdir(), "stave-maintenance-"));
  let lock = await lockDataDirectory(directory);
  let store = await openEmbeddedStore({ directory });
  await store.createBucket({ name: bucket, ownerId: "owner" });
  const reopen = async (): Promise<EmbeddedStore> => {
    await store.close();
    await lock.release();
    lock = await lockDataDirectory(directory);
    store = await openEmbeddedStore({ directory });
    return store;
  };
  try {
    await work(store, reopen, directory);
  } finally {
    await store.close();
    await lock.release();
    await rm(directory, { recursive: true });
  }
}

async function damage(directory: string, text: string): Promise<void> {
  const segments = join(directory, "segments");
  for (const name of await readdir(segments, { recursive: true })) {
    const bytes = await readFile(join(segments, name)).catch(() => Buffer.alloc(0)); // a directory
    const at = bytes.indexOf(text);
    if (at === -1) continue;
    bytes[at] = 0xff;
    await writeFile(join(segments, name), bytes);
  }
}

function lifecycle(directory: string): MaintenanceOptions["lifecycle"] {
  return { dayMs: realDayMs, intervalMs: realDayMs, record: createLifecycleRecord(directory) };
}

async function readMetric(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get();
  return metric?.values[0]?.value ?? Number.NaN;
}

test("gives space back, finds damage, counts both, logs bucket and key, and stops at once", {
  timeout: 30_000,
}, async () => {
  await withStore(async (store, reopen, directory) => {
    for (let at = 0; at < 20; at += 1) {
      await store.putObject({ bucket, key: `${at}` }, Buffer.alloc(50_000, `object ${at},`), input);
    }
    for (let at = 0; at < 17; at += 1) await store.deleteObject({ bucket, key: `${at}` });
    const again = await reopen();
    await again.putObject({ bucket, key: "bad" }, Buffer.alloc(1_000, "damaged one "), input);
    await damage(directory, "damaged one ");
    const registry = new Registry();
    const { logger, lines } = createLog();

    const maintenance = startMaintenance({
      store: again,
      metrics: createMaintenanceMetrics(registry),
      logger,
      scrubMibPerSecond: 100,
      lifecycle: lifecycle(directory),
    });

    await expect.poll(() => readMetric(registry, "stave_scrub_damaged_total"), { timeout: 5_000 }).toBe(1);
    await expect.poll(() => readMetric(registry, "stave_scrub_bytes_total"), { timeout: 5_000 }).toBe(151_000);
    await expect.poll(() => readMetric(registry, "stave_compaction_reclaimed_bytes_total")).toBeGreaterThan(800_000);
    expect(await readMetric(registry, "stave_segments")).toBe((await again.compact({ dryRun: true })).segments);
    expect(await readMetric(registry, "stave_segment_live_bytes")).toBe(151_000);
    expect(await readMetric(registry, "stave_segment_bytes")).toBeGreaterThan(151_000);
    await maintenance.stop();
    const log = lines();
    expect(log).toMatch(/"level":50.*"bucket":"photos","key":"bad","versionId":"null","problem":"damaged"/);
    expect(log).toContain('"msg":"compacted"');
    expect(log).toContain('"msg":"scrubbed"');
  });
});

test("does not scrub at a limit of 0", { timeout: 30_000 }, async () => {
  await withStore(async (store, _reopen, directory) => {
    await store.putObject({ bucket, key: "a" }, Buffer.alloc(1000), input);
    const registry = new Registry();
    const { logger } = createLog();

    const metrics = createMaintenanceMetrics(registry);
    const maintenance = startMaintenance({
      store,
      metrics,
      logger,
      scrubMibPerSecond: 0,
      lifecycle: lifecycle(directory),
    });
    await expect.poll(() => readMetric(registry, "stave_segments")).toBeGreaterThan(0);
    await maintenance.stop();

    expect(await readMetric(registry, "stave_scrub_bytes_total")).toBe(0);
  });
});

test("says what fails, and goes on", { timeout: 30_000 }, async () => {
  await withStore(async (store, _reopen, directory) => {
    const { logger, lines } = createLog();
    let runs = 0;
    const failing: EmbeddedStore = {
      ...store,
      compact: async () => {
        runs += 1;
        throw new Error("no luck");
      },
    };

    const metrics = createMaintenanceMetrics(new Registry());
    const maintenance = startMaintenance({
      store: failing,
      metrics,
      logger,
      scrubMibPerSecond: 0,
      lifecycle: lifecycle(directory),
      compactEveryMs: 1,
    });
    await expect.poll(() => runs, { timeout: 5_000 }).toBeGreaterThan(1);
    await maintenance.stop();

    expect(lines()).toMatch(/"level":50.*no luck.*compaction of stored bytes failed/);
  });
});

test("requests that meet damaged bytes are counted, and logged as errors even when their answer had begun", {
  timeout: 30_000,
}, async () => {
  await withStore(async (store, _reopen, directory) => {
    await store.putObject({ bucket, key: "a" }, Buffer.alloc(1000, "damaged one "), input);
    await damage(directory, "damaged one ");
    const failure = await store.openObject({ bucket, key: "a" }).catch((error: unknown) => error);
    const metrics = createMetrics();
    const { logger, lines } = createLog();
    const record = {
      requestId: "1",
      method: "GET",
      path: "/photos/a",
      remoteAddress: undefined,
      operation: "GetObject" as const,
      accessKeyId: undefined,
      usageKeyId: undefined,
      receivedBytes: 0,
      sentBytes: 0,
      status: 200,
      errorCode: undefined,
      durationMs: 1,
    };

    metrics.record({ ...record, failure });
    metrics.record({ ...record, failure: new Error("the client has gone") });
    logRequest(logger, { ...record, failure });

    expect(await metrics.text()).toContain("stave_damaged_reads_total 1");
    expect(lines()).toMatch(/"level":50.*"path":"\/photos\/a".*stored bytes are damaged/);
  });
});
