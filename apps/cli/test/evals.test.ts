import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { evalsTable, readEvals, type Step } from "./support/evals.ts";
import { staveMain } from "./support/run-stave.ts";

// Each goal of the skill is fulfilled with the commands that are written down for it, typed into a shell, against a real server. A dozen processes each.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const evals = await readEvals();
let gateway: TestGateway;
let api: TestApi;
let scratch: string;
const secrets = new Set<string>();
const passed = new Set<string>();

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-evals-"));
  const bin = join(scratch, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "stave"), `#!/bin/sh\nexec "${process.execPath}" "${staveMain}" "$@"\n`);
  await chmod(join(bin, "stave"), 0o755);
  gateway = await startGateway();
  api = await startApi(gateway);
  secrets.add(api.token);
  const json = { name: "my-storage", service_type: "s3" };
  await api.call("/api/external-services", { method: "POST", json });
});

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** As an assistant runs it: a shell without a terminal. */
function shell(line: string, cwd: string) {
  const child = spawn("sh", ["-c", line], {
    cwd,
    env: {
      PATH: `${join(scratch, "bin")}:${process.env.PATH}`,
      HOME: join(scratch, "home"),
      STAVE_CONFIG_DIR: join(scratch, "home", ".stave"),
      STAVE_URL: api.endpoint,
      STAVE_TOKEN: api.token,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

async function perform({ run, exit = 0, json, prints }: Step, cwd: string): Promise<string> {
  const { code, stdout, stderr } = await shell(run, cwd);
  expect({ run, code, stderr: code === exit ? "" : stderr }).toEqual({ run, code: exit, stderr: "" });
  if (json !== undefined) expect(JSON.parse(stdout)).toMatchObject(json);
  if (prints !== undefined) expect(stdout).toMatch(new RegExp(prints, "m"));
  return stdout + stderr;
}

async function putObjects(objects: (typeof evals)[number]["objects"]): Promise<void> {
  const { body } = await api.call("/api/external-services/by-slug/my-storage");
  const query = `?service=${body.service.id}`;
  for (const { bucket, key, content } of objects ?? []) {
    await api.call(`/api/storage/buckets${query}`, { method: "POST", json: { name: bucket } });
    const { status } = await api.call(`/api/storage/buckets/${bucket}/objects/${key}${query}`, {
      method: "PUT",
      body: content,
      headers: { "content-type": "text/plain" },
    });
    expect(status).toBe(200);
  }
}

/** Whatever secret the steps have written into files. */
async function findSecrets(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const text = await readFile(join(directory, name), "utf8");
    for (const [, secret = ""] of text.matchAll(/(?:SECRET\w*=|secret\w*": ?)["']?([\w/+=-]{20,})/g))
      secrets.add(secret);
    if (/token|password/.test(name)) secrets.add(text.trim());
  }
}

describe("a goal is fulfilled by its commands, and no secret is printed", () => {
  test.each(evals)("$name: $goal", async ({ name, setup = [], objects, then = [], steps, end }) => {
    const cwd = join(scratch, name);
    await mkdir(cwd);
    for (const line of setup) await perform({ run: line }, cwd);
    await putObjects(objects);
    for (const line of then) await perform({ run: line }, cwd);

    let said = "";
    for (const step of steps) said += await perform(step, cwd);

    for (const step of end) await perform(step, cwd);
    await findSecrets(cwd);
    for (const secret of secrets) expect(said).not.toContain(secret);
    passed.add(name);
  });
});

test("there are at least twelve goals, and at least three of them are traps", () => {
  expect(evals.length).toBeGreaterThanOrEqual(12);
  expect(evals.filter(({ isTrap }) => isTrap).length).toBeGreaterThanOrEqual(3);
  expect(new Set(evals.map(({ name }) => name)).size).toBe(evals.length);
});

test("docs/agents.md has the table of their results", async () => {
  const page = await readFile(join(import.meta.dirname, "..", "..", "..", "docs", "agents.md"), "utf8");
  const table = evalsTable(evals, passed);

  console.info(table);
  expect(page.includes(table), `docs/agents.md is to have:\n${table}`).toBe(true);
});
