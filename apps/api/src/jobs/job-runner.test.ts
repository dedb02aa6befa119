import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "@stave/api-contract";
import { openControlDatabase } from "@stave/control-database";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";
import { openContext } from "../open-context.ts";
import { createServiceClients } from "../services/service-clients.ts";
import { type AnyJob, defineJob } from "./define-job.ts";
import { type JobRunner, startJobRunner } from "./job-runner.ts";

let directory = "";
let context: ApiContext & { close(): Promise<void> };
let runner: JobRunner | undefined;
let done: string[] = [];
beforeEach(async () => {
  done = [];
  directory = await mkdtemp(join(tmpdir(), "stave-jobs-"));
  const made = await openControlDatabase({ at: { file: join(directory, "control.sqlite") } });
  await made.close();
  const config = readConfig(["--data-dir", directory], {});
  if ("help" in config) throw new Error("Expected a configuration");
  context = await openContext(config, pino({ level: "silent" }));
});
afterEach(async () => {
  await runner?.stop();
  await context.close();
  await rm(directory, { recursive: true });
});

const step = (name: string, fails?: Error) => ({
  name,
  run: async () => {
    done.push(name);
    if (fails !== undefined) throw fails;
    return { last: name };
  },
  undo: async () => void done.push(`undo ${name}`),
});
const data = z.object({ bucket: z.string(), last: z.string().optional() });

/** How a job of these steps ends. */
async function run(steps: AnyJob["steps"], stored: Readonly<Record<string, unknown>>) {
  const job = defineJob({ type: "test", data, steps, result: ({ last }) => ({ last }) });
  const { jobs } = context.database.as("ann");
  const { id } = await jobs.create({ type: "test", subject: "thing:1", data: stored });
  runner = startJobRunner({ ...context, clients: createServiceClients(context) }, { jobs: [job] });
  runner.wake();
  await expect.poll(async () => (await jobs.find(id))?.finishedAt, { timeout: 4000 }).toBeDefined();
  return await jobs.find(id);
}

test("a job runs its steps in their order, and what they have learned is its result", async () => {
  const ended = await run([step("one"), step("two")], { bucket: "b" });

  expect(done).toEqual(["one", "two"]);
  expect(ended).toMatchObject({ state: "completed", data: { bucket: "b", last: "two" }, result: { last: "two" } });
});

test("a step that is refused takes back itself and those before it, and says why", async () => {
  const refusal = new Problem("CONFLICT", { detail: "It is taken." });
  const ended = await run([step("one"), step("two", refusal), step("three")], { bucket: "b" });

  expect(done).toEqual(["one", "two", "undo two", "undo one"]);
  expect(ended).toMatchObject({ state: "failed", problem: { code: "CONFLICT", detail: "It is taken." } });
});

test("a job whose data cannot be read fails without running a step, and its subject is free again", async () => {
  const ended = await run([step("one")], { bucket: 7 });

  expect(done).toEqual([]);
  expect(ended).toMatchObject({ state: "failed", problem: { detail: expect.stringContaining("cannot be read") } });
  const again = { type: "test", subject: "thing:1", data: { bucket: "b" } };
  await expect(context.database.as("ann").jobs.create(again)).resolves.toMatchObject({ state: "waiting" });
});

test("jobs that take hours keep no others waiting", async () => {
  const { jobs } = context.database.as("ann");
  const goOn = Promise.withResolvers<void>();
  const long = defineJob({ type: "long", isLong: true, data, steps: [{ name: "wait", run: () => goOn.promise }] });
  const short = defineJob({ type: "short", data, steps: [step("short")] });
  for (const number of [1, 2, 3, 4, 5]) {
    await jobs.create({ type: "long", subject: `thing:${number}`, data: { bucket: "b" } });
  }
  const { id } = await jobs.create({ type: "short", subject: "thing:6", data: { bucket: "b" } });
  runner = startJobRunner({ ...context, clients: createServiceClients(context) }, { jobs: [long, short] });

  await expect.poll(async () => (await jobs.find(id))?.state, { timeout: 4000 }).toBe("completed");
  expect(await jobs.list({ type: "long", state: "running", limit: 10 })).toHaveLength(2);
  goOn.resolve();
  await expect
    .poll(() => jobs.list({ type: "long", state: "completed", limit: 10 }), { timeout: 4000 })
    .toHaveLength(5);
});
