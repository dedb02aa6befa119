import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { type RunOptions, runStave } from "./support/run-stave.ts";

// Each call is a process of its own, and a test makes many.
vi.setConfig({ testTimeout: 60_000 });

let gateway: TestGateway;
let api: TestApi;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
}, 60_000);

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const run = (args: readonly string[], { env = {}, ...options }: RunOptions = {}) =>
  runStave(args, {
    cwd: home,
    ...options,
    env: { STAVE_CONFIG_DIR: home, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token, ...env },
  });
const stave = (...args: string[]) => run(args);
const password = "a password that is long";
const canSignIn = async (email: string, asked = password) =>
  (await api.call("/api/session", { method: "POST", token: null, json: { email, password: asked } })).status === 200;

describe("users", () => {
  test("the first one is made with the token of the first start, and only once", async () => {
    expect(await stave("users", "list")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("users setup"),
    });
    const setup = ["users", "setup", "ann@example.com", "-n", "Ann", "--password-stdin"];
    expect(await run(setup, { stdin: "short\n" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("password"),
    });
    const made = await run(setup, { stdin: `${password}\n` });

    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining("Revoke the administrator token") });
    expect(`${made.stdout}${made.stderr}`).not.toContain(password);
    expect(await canSignIn("ann@example.com")).toBe(true);
    expect(await run(setup, { stdin: password })).toMatchObject({ code: 6 });
  });

  test("are added, listed, given a role, kept out, let in and removed", async () => {
    await writeFile(join(home, "password.txt"), `${password}\n`);
    const create = ["users", "create", "bob@example.com", "-n", "Bob \u001b[31m", "--password-file", "password.txt"];
    const made = await stave(...create);

    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) });
    expect(await stave(...create)).toMatchObject({ code: 6 });
    expect(await stave(...create, "--if-not-exists")).toMatchObject({ code: 0, stdout: made.stdout });
    expect((await stave("users", "role", "bob@example.com", "member", "--json")).json()).toMatchObject({
      role: "member",
    });
    expect((await stave("user", "ls")).stdout).toMatch(/^\S+ +bob@example\.com +Bob \\x1b\[31m +member +password /m);
    expect((await stave("users", "update", made.stdout.trim(), "--name", "Bobby")).code).toBe(0);
    expect((await stave("users", "show", "BOB@example.com", "--json")).json()).toMatchObject({ name: "Bobby" });
    expect((await stave("users", "disable", "bob@example.com")).code).toBe(0);
    expect(await canSignIn("bob@example.com")).toBe(false);
    expect((await stave("users", "enable", "bob@example.com")).code).toBe(0);
    const changed = await run(["users", "password", "bob@example.com", "--password-stdin"], {
      stdin: "another long password",
    });
    expect(changed.code).toBe(0);
    expect(await canSignIn("bob@example.com", "another long password")).toBe(true);
    expect((await stave("users", "remove", "bob@example.com", "--dry-run", "--json")).json()).toMatchObject({
      tokens: 0,
    });
    expect(await stave("users", "remove", "bob@example.com")).toMatchObject({ code: 2 });
    expect((await stave("users", "remove", "bob@example.com", "--yes")).code).toBe(0);
    expect(await stave("users", "show", "bob@example.com")).toMatchObject({ code: 5 });
  });

  test("without a terminal a password is not asked for", async () => {
    expect(await stave("users", "password", "ann@example.com")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--password-stdin is missing"),
    });
    expect(await stave("users", "update", "ann@example.com")).toMatchObject({ code: 2 });
    expect(await stave("users", "role", "ann@example.com", "king")).toMatchObject({ code: 2 });
  });
});

describe("tokens", () => {
  test("one may do what it is for; all else is refused with 4 and the permission that is missing", async () => {
    const made = await stave("tokens", "create", "-n", "reader", "-p", "services:read", "--expires", "1h");
    expect(made.stdout).toMatch(/^\S{20,}\n$/);
    expect(made.stderr).toContain("It is shown this once:");
    const env = { STAVE_TOKEN: made.stdout.trim() };

    expect((await run(["services", "list"], { env })).code).toBe(0);
    const refused = await run(["services", "create", "-n", "not mine"], { env });
    expect(refused).toMatchObject({ code: 4, stdout: "", stderr: expect.stringContaining("services:create") });
    expect(await run(["audit", "list"], { env })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("audit:read"),
    });
    expect((await stave("tokens", "list")).stdout).toMatch(/ reader .* in \d+m +\d+s ago +services:read$/m);
    const shown = await stave("tokens", "list", "--json");
    expect(shown.stdout).not.toContain(env.STAVE_TOKEN);
    expect((await stave("tokens", "revoke", "reader", "--dry-run")).stdout).toMatch(/^May do +services:read$/m);
    expect((await stave("tokens", "revoke", "reader", "--yes")).code).toBe(0);
    expect(await run(["services", "list"], { env })).toMatchObject({ code: 4 });
    expect(await stave("tokens", "revoke", "reader", "--yes")).toMatchObject({ code: 5 });
  });

  test("one in a file is shown nowhere, and nobody else can read it; a file that is there stays", async () => {
    const file = join(home, "ci.token");
    const create = [
      "tokens",
      "create",
      "-n",
      "ci",
      "-p",
      "storage:read,storage:write",
      "--secret-file",
      file,
      "--json",
    ];
    const made = await stave(...create);
    const token = (await readFile(file, "utf8")).trim();

    expect(made.json()).toMatchObject({ name: "ci", permissions: ["storage:read", "storage:write"] });
    expect(`${made.stdout}${made.stderr}`).not.toContain(token);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await run(["whoami", "--json"], { env: { STAVE_TOKEN: token } })).json().permissions).toEqual([
      "storage:read",
      "storage:write",
    ]);
    expect(await stave(...create)).toMatchObject({ code: 6 });
    expect(await readFile(file, "utf8")).toBe(`${token}\n`);
    const tokens = (await stave("tokens", "list", "--json")).json();
    expect(tokens.filter(({ name }: { name: string }) => name === "ci")).toHaveLength(1);
  });

  test.each<[string, readonly string[], RegExp]>([
    ["without a permission", ["-n", "x"], /--permission is missing/],
    ["with one that there is not", ["-n", "x", "-p", "services:fly"], /services:read/],
    ["with an end that cannot be read", ["-n", "x", "-p", "services:read", "--expires", "soon"], /such as 24h or 7d/],
    ["with an end that is past", ["-n", "x", "-p", "services:read", "--expires", "2020-01-01"], /past/],
  ])("one is not made %s", async (_, args, stderr) => {
    const refused = await stave("tokens", "create", ...args);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(stderr);
  });

  test("one that failed to be made leaves no file", async () => {
    const file = join(home, "none.token");
    await stave("tokens", "create", "-n", "x", "-p", "services:fly", "--secret-file", file);
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
