import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave, staveMain } from "./support/run-stave.ts";
import { storageOf } from "./support/service-storage.ts";
import { startWebhook } from "./support/start-webhook.ts";

// Each call is a process of its own, and a test makes many.
vi.setConfig({ testTimeout: 60_000 });

let gateway: TestGateway;
let api: TestApi;
let home: string;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway, { args: ["--allow-private-addresses"] });
  environment = { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token };
}, 60_000);

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const stave = (...args: string[]) => runStave(args, { env: environment, cwd: home });

test("who has seen a secret is in the audit log, which is filtered by kind, subject and time", async () => {
  const id = (await stave("services", "create", "-n", "my-storage")).stdout.trim();
  await stave("services", "show", "--id", id, "--reveal");

  const found = await stave("audit", "list", "--subject", `service:${id}`, "--since", "1h");
  expect(found.stdout).toMatch(/^AT +BY +DID +TO +DETAILS\n.* secret:reveal +service:\d+/);
  const all = (await stave("audit", "list", "--json")).json();
  expect(all).toContainEqual(expect.objectContaining({ action: expect.stringMatching(/reveal/) }));
  expect((await stave("audit", "list", "--limit", "1", "--json")).json()).toEqual([all[0]]);
  expect(await stave("audit", "list", "--until", "2020-01-01")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "Nothing of that kind was done.\n",
  });
  expect((await stave("audit", "list", "--action", "nothing:done", "--json")).json()).toEqual([]);
  expect(await stave("audit", "list", "--since", "yesterday")).toMatchObject({ code: 2 });
});

test("all of it is exported, a line each, or as a table", async () => {
  const { stdout } = await stave("audit", "export");
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

  expect(lines).toEqual((await stave("audit", "list", "--limit", "1000", "--json")).json());
  expect((await stave("audit", "export", "audit.csv", "--format", "csv")).code).toBe(0);
  const csv = await readFile(join(home, "audit.csv"), "utf8");
  expect(csv.trimEnd().split("\r\n")).toHaveLength(lines.length + 1);
  expect(csv).toMatch(/^at,actor,action,subject,details\r\n/);
  expect(await stave("audit", "export", "audit.csv")).toMatchObject({ code: 6 });
});

test("with --follow what is done is told as it happens, once, until Ctrl-C", async () => {
  const child = spawn(process.execPath, [staveMain, "audit", "list", "--follow", "--json"], {
    env: { PATH: process.env.PATH, ...environment },
  });
  const exited = once(child, "close");
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    // It says so when it has begun to look.
    await once(child.stderr, "data");
    for (const name of ["one", "two"]) {
      await stave("services", "create", "-n", name);
      for (;;) {
        const { value } = await lines.next();
        const entry = JSON.parse(String(value));
        if (entry.action !== "service:create") continue;
        expect(JSON.stringify(entry)).toContain(name);
        break;
      }
    }
  } finally {
    child.kill("SIGINT");
  }
  expect((await exited)[0]).toBe(130);
});

test("usage is shown by service, project, bucket and key", async () => {
  const set = ["-s", "buckets=photos", "-s", "quota_bytes=1048576"];
  const id = Number((await stave("services", "create", "-n", "used", ...set)).stdout);
  const storage = await storageOf(api, gateway, id);
  await storage.put("/photos/a", "x".repeat(2048));

  expect((await stave("usage")).stdout).toMatch(
    /^ID +NAME +BUCKETS +OBJECTS +VERSIONS +SIZE +QUOTA\n(?:.*\n)* *\d+ +used +1 +1 +1 +2\.0 KiB +1\.0 MiB\n(?:.*\n)* +— +in all/,
  );
  expect((await stave("usage", "--json")).json()).toMatchObject({ total: { buckets: 1, objects: 1 } });
  expect((await stave("usage", "--by", "project")).stdout).toContain("in all");
  expect((await stave("usage", "--by", "bucket", "--service", "used", "--json")).json()).toEqual([
    expect.objectContaining({ bucket: "photos", serviceId: id, sizeBytes: 2048 }),
  ]);
  expect((await stave("usage", "--by", "bucket")).stdout).toMatch(/^photos +\d+ +1 +1 +2\.0 KiB/m);
  expect((await stave("usage", "--by", "key")).stdout).toMatch(/^KEY +REQUESTS +READ /);
  expect(await stave("usage", "--service", "used")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--by bucket"),
  });
  expect(await stave("usage", "--by", "bucket", "--service", "none")).toMatchObject({ code: 5 });
});

test("a webhook is told, tried and told no more; its secret is shown once", async () => {
  expect(await stave("notices", "list")).toMatchObject({ code: 0, stdout: "" });
  const receiver = await startWebhook();
  try {
    const made = await stave("notices", "create", "-n", "ops", "--to", receiver.url);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_\S+\n$/) });

    expect((await stave("webhooks", "test", "ops")).code).toBe(0);
    expect(receiver.bodies).toEqual([expect.stringContaining("A test")]);
    const listed = await stave("notices", "list", "--json");
    expect(listed.json()).toEqual([expect.objectContaining({ name: "ops", deliveredAt: expect.any(String) })]);
    expect(listed.stdout).not.toContain(made.stdout.trim());
    receiver.answer(500);
    expect(await stave("notices", "test", "ops")).toMatchObject({ code: 2, stderr: expect.stringContaining("500") });
    expect((await stave("notices", "remove", "ops", "--dry-run")).code).toBe(0);
    expect((await stave("notices", "remove", "ops", "--yes")).code).toBe(0);
    expect((await stave("notices", "list", "--json")).json()).toEqual([]);
  } finally {
    await receiver.stop();
  }
});

test("a setting is shown, changed and read alone", async () => {
  const before = Number((await stave("settings", "get", "max-file-size-mb")).stdout);

  expect(await stave("settings", "set", "max-file-size-mb", "7")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: `max-file-size-mb is 7 now; it was ${before}.\n`,
  });
  expect((await stave("settings", "show")).stdout).toBe("max-file-size-mb  7\nsign-in           password\n");
  expect((await stave("settings", "show", "--json")).json()).toEqual({
    maxFileSizeMb: 7,
    signIn: [{ kind: "password" }],
  });
  expect(await stave("settings", "set", "max-file-size-mb", "0")).toMatchObject({ code: 2 });
  expect(await stave("settings", "set", "colour", "blue")).toMatchObject({ code: 2 });
});
