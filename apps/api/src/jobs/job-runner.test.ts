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
