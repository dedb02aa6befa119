import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { tokenWith } from "../../api/test/support/token-with.ts";
import { waitFor } from "../../api/test/support/wait-for.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave, staveMain } from "./support/run-stave.ts";

// Each command is a process of its own, and most tests have many.
vi.setConfig({ testTimeout: 60_000 });

let gateway: TestGateway;
let api: TestApi;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway();
  api = await startApi(gateway);
}, 30_000);

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const settings = (token = api.token) => ({
  env: { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, ...(token !== "" && { STAVE_TOKEN: token }) },
  cwd: home,
});
const stave = (...args: string[]) => runStave(args, settings());

test("the status says what there is, and that nothing needs attention", async () => {
  const { code, stdout } = await stave("status");

  expect(code).toBe(0);
  expect(stdout).toMatch(/^Gateway +up$/m);
  expect(stdout).toMatch(/^Services +\d+, \d+ running$/m);
  expect((await stave("status", "--json", "--exit-code")).json()).toMatchObject({ gateway: "up", attention: [] });
});

test("who is not signed in, or may see little, is told what can be told", async () => {
  const nobody = await runStave(["status"], settings(""));
  const stranger = await runStave(["status"], settings("stave_nothing"));
  const some = await runStave(["status"], settings(await tokenWith(gateway, ["projects:read"])));

  expect(nobody).toMatchObject({ code: 0, stderr: expect.stringContaining("not signed in") });
  expect(stranger).toMatchObject({ code: 4, stdout: "", stderr: expect.stringContaining("the token is wrong") });
  expect(some).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Gateway +not known/m) });
  expect(some.stdout).toMatch(/^Projects +\d+$/m);
});

test("a rule for alerts is made, changed and removed", async () => {
  const made = await stave("services", "alerts", "set", "1", "--when", "up >= 0", "--severity", "critical");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\da-f]+\n$/) });
  const rule = made.stdout.trim();
  expect((await stave("services", "alerts", "rules", "1")).stdout).toMatch(/up >= 0 +up >= 0 +0s +critical +/);
  const changed = await stave("services", "alerts", "set", "1", "--rule", rule, "--for", "5m", "--off", "--json");
  expect(changed.json()).toMatchObject({ metric: "up", for_seconds: 300, enabled: false, severity: "critical" });

  expect(await stave("services", "alerts", "remove", "1", "--rule", rule)).toMatchObject({ code: 0 });
  expect(await stave("services", "alerts", "remove", "1", "--rule", rule)).toMatchObject({ code: 5 });
});

test("the health of one and of all is shown, and is an exit code when that is asked for", async () => {
  expect((await stave("services", "health", "1", "--check")).stdout).toMatch(/^Health +operational$/m);
  expect((await stave("services", "health")).stdout).toMatch(/^ *1 +default +operational/m);
  await stave("services", "create", "-n", "resting");
  await stave("services", "stop", "resting");

  expect(await stave("services", "health", "resting", "--check", "--exit-code")).toMatchObject({ code: 1 });
  expect(await stave("services", "health", "1", "--exit-code")).toMatchObject({ code: 0 });
});

test("metrics are a table with their history, and an alert that fires is listed and needs attention", async () => {
  await stave("services", "alerts", "set", "1", "--when", "up >= 0", "--name", "always");
  // Measured every 30 seconds.
  await waitFor(async () => (await api.call("/api/external-services/1/alerts")).body.length > 0, 40_000);

  expect((await stave("services", "metrics", "1")).stdout).toMatch(/^up +100 % +100 % +100 % +█/m);
  expect((await stave("services", "metrics", "1", "--range", "7d", "--json")).json()).toMatchObject({ range: "7d" });
  expect((await stave("services", "metrics", "1", "--latest")).stdout).toMatch(/^disk_bytes +0 B$/m);
  expect((await stave("services", "alerts", "list", "1", "--state", "firing")).stdout).toMatch(
    / firing +warning +always /,
  );
  expect(await stave("status", "--exit-code")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("the alert always fires. Next: stave services alerts list 1"),
  });
});

test("what needs a container is refused for a service that runs in none, with 7", async () => {
  for (const command of [["limits", "get"], ["runtime"], ["stats"], ["limits", "set", "--swap", "1"]]) {
    expect(await stave("services", ...command, "--id", "1"), command.join(" ")).toMatchObject({ code: 7, stdout: "" });
  }
});

test("events are lines of JSON, go on behind one that was seen, and end after so many", async () => {
  await stave("services", "create", "-n", "eventful");

  const first = await stave("events", "--after", "0", "--count", "2", "--json");
  const [one, two] = first.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(one).toMatchObject({ id: expect.any(Number), event: expect.any(String), data: expect.any(Object) });
  const next = await stave("events", "--after", String(one.id), "--count", "1", "--json");
  expect(next.json()).toEqual(two);
  expect((await stave("events", "--type", "job", "--after", "0", "--count", "1")).stdout).toMatch(/ job {2}/);
});

test("events go on after the server was away, and Ctrl-C ends them with 130", async () => {
  const child = spawn(process.execPath, [staveMain, "events", "--after", "0", "--json"], {
    env: { PATH: process.env.PATH, ...settings().env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  let seen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text;
  });
  try {
    await waitFor(async () => seen.includes("eventful"));
    const port = new URL(api.endpoint).port;
    await api.stop();
    const { token } = api;
    api = await startApi(gateway, { args: ["--port", port], token });
    await stave("services", "create", "-n", "after the pause");
    await waitFor(async () => seen.includes("after the pause"));
  } finally {
    child.kill("SIGINT");
  }

  expect(await exited).toEqual([130, null]);
  const ids = seen
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  expect(new Set(ids).size).toBe(ids.length);
});
