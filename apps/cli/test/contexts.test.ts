import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave } from "./support/run-stave.ts";

let gateway: TestGateway;
let api: TestApi;
let home: string;

beforeAll(async () => {
  gateway = await startGateway();
  api = await startApi(gateway);
});

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  return () => rm(home, { recursive: true });
});

const stave = (args: readonly string[], options: Parameters<typeof runStave>[1] = {}) =>
  runStave(args, { cwd: home, ...options, env: { STAVE_CONFIG_DIR: join(home, "settings"), ...options.env } });

const signIn = () => stave(["login", api.endpoint, "--token-stdin", "--name", "test"], { stdin: `${api.token}\n` });

describe("login", () => {
  test("keeps a token that works, for nobody else to read", async () => {
    expect(await signIn()).toMatchObject({ code: 0, stdout: "" });

    const directory = join(home, "settings");
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, "config.json"))).mode & 0o777).toBe(0o600);
    expect((await stave(["whoami", "--json"])).json()).toMatchObject({ kind: "token" });
  });

  test("does not keep one that does not", async () => {
    const { code, stderr } = await stave(["login", api.endpoint, "--token-stdin"], { stdin: "stv_wrong" });

    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: /);
    expect((await stave(["context", "list", "--json"])).json()).toEqual([]);
  });

  test("without a terminal names the flag that would do", async () => {
    expect(await stave(["login", api.endpoint])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--token-stdin is missing"),
    });
  });
});

test("contexts are listed, chosen, left and forgotten", async () => {
  await signIn();
  await stave(["login", api.endpoint, "--token-stdin", "--name", "other"], { stdin: api.token });

  expect((await stave(["context", "use", "test"])).code).toBe(0);
  expect((await stave(["context", "list"])).stdout).toBe(
    `   NAME   URL${" ".repeat(api.endpoint.length - 3)}  SIGNED IN\n*  test   ${api.endpoint}  yes\n   other  ${api.endpoint}  yes\n`,
  );
  expect((await stave(["logout"])).code).toBe(0);
  expect(await stave(["whoami"])).toMatchObject({ code: 4, stderr: expect.stringContaining("next: stave login") });
  expect((await stave(["whoami", "--context", "other"])).code).toBe(0);
  expect((await stave(["context", "remove", "other"])).code).toBe(0);
  expect(await stave(["context", "use", "other"])).toMatchObject({ code: 5 });
});

test("a flag beats the environment, that a project's file, that the context", async () => {
  await signIn();
  await mkdir(join(home, ".stave"));
  const url = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    (await stave(["config", "show", "--json", ...args], { env })).json().url;

  expect(await url([])).toMatchObject({ value: api.endpoint, from: "context" });
  await writeFile(join(home, ".stave", "config.json"), '{ "url": "http://project.test" }');
  expect(await url([])).toMatchObject({ value: "http://project.test", from: "project file" });
  const env = { STAVE_URL: "http://environment.test" };
  expect(await url([], env)).toMatchObject({ value: "http://environment.test", from: "environment" });
  expect(await url(["--url", "http://flag.test"], env)).toMatchObject({ value: "http://flag.test", from: "flag" });
});

test("the token of a context goes to nobody else, and is never shown", async () => {
  await signIn();

  const { stdout } = await stave(["config", "show", "--url", "http://127.0.0.1:1"]);
  expect(stdout).toMatch(/^token +— /m);
  const shown = await stave(["config", "show", "--json"]);
  expect(shown.json().token).toMatchObject({ value: "***", from: "context" });
  expect(`${shown.stdout}${shown.stderr}${stdout}`).not.toContain(api.token);
});

test("a token of the environment is used without signing in", async () => {
  const env = { STAVE_URL: api.endpoint, STAVE_TOKEN: api.token };

  expect((await stave(["whoami", "--json"], { env })).json()).toMatchObject({ kind: "token" });
});

describe("settings that cannot be used are refused with the way out", () => {
  const file = () => join(home, "settings", "config.json");

  test("a file that others can read", async () => {
    await signIn();
    await chmod(file(), 0o644);

    expect(await stave(["whoami"])).toMatchObject({ code: 2, stderr: expect.stringContaining(`chmod 600 ${file()}`) });
  });

  for (const text of [
    "",
    "{",
    "[]",
    '{"contexts":{"a":1}}',
    '{"contexts":{"a":{"url":1}}}',
    '{"current":1,"contexts":{}}',
  ]) {
    test(`a file with ${text || "nothing"} in it`, async () => {
      await mkdir(join(home, "settings"), { recursive: true });
      await writeFile(file(), text, { mode: 0o600 });

      expect(await stave(["whoami"])).toMatchObject({ code: 2, stderr: expect.stringContaining("is damaged") });
      expect(await readFile(file(), "utf8")).toBe(text);
    });
  }
});
