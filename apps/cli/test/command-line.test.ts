import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandTree } from "../src/commands/index.ts";
import { runStave } from "./support/run-stave.ts";

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
});

afterAll(() => rm(home, { recursive: true }));

const stave = (...args: string[]) => runStave(args, { env: { STAVE_CONFIG_DIR: home }, cwd: home });

describe("a wrong command line exits with 2, names what is wrong, and writes nothing to stdout", () => {
  const cases: readonly (readonly [title: string, args: readonly string[], stderr: RegExp])[] = [
    ["an unknown command", ["servics"], /Unknown command 'servics'\.\n {2}why: {2}Did you mean .*\bservices\b/],
    [
      "an unknown command of a group",
      ["services", "crate"],
      /Unknown command 'crate'\.\n {2}why: {2}Did you mean create\?/,
    ],
    [
      "an unknown option",
      ["services", "list", "--jsno"],
      /Unknown option '--jsno'\.\n {2}why: {2}Did you mean --json\?/,
    ],
    ["a group without a command", ["services"], /needs to know what to do\.\n {2}next: stave services list/],
    [
      "a required option that is missing",
      ["services", "link", "--id", "1"],
      /'-p, --project <project>' not specified.*\n {2}next: stave services link --id 1 --project my-app/,
    ],
    [
      "a service that nobody has named",
      ["services", "show"],
      /The required parameter --id is missing\.\n {2}next: stave services show --id 1/,
    ],
    [
      "a service that is named twice",
      ["services", "stop", "my-storage", "--id", "1"],
      /The service is named twice\.\n {2}why: {2}Both --id 1 and "my-storage"/,
    ],
    [
      "a limit that cannot be read",
      ["services", "limits", "set", "1", "--memory", "much"],
      /--memory <mib>: Expected MiB such as 512, 512m or 2g, or unlimited, got "much"/,
    ],
    [
      "an alert's condition that cannot be read",
      ["services", "alerts", "set", "1", "--when", "load > 1"],
      /--when <condition>: Expected one of up, cpu_percent, .* got "load"/,
    ],
    [
      "a value that cannot be read",
      ["services", "show", "--id", "ten"],
      /--id <id>: Expected a whole number .* got "ten"/,
    ],
    [
      "a required parameter that nobody can be asked for",
      ["services", "create", "-t", "s3"],
      /--name is missing\.\n {2}next: stave services create/,
    ],
    ["a word too many", ["services", "list", "extra"], /Too many arguments/],
    [
      "a word that is not among the choices",
      ["services", "create", "-t", "sql", "-n", "a"],
      /Expected one of s3, got "sql"/,
    ],
    [
      "a URL that is none",
      ["whoami", "--url", "ftp://a"],
      /Expected an http or https URL .* got "ftp:\/\/a"\.\n {2}why: {2}It comes from --url/,
    ],
    ["a context that there is not", ["whoami", "--context", "nowhere"], /There is no context "nowhere"/],
  ];

  for (const [title, args, expected] of cases) {
    test(title, async () => {
      const { code, stdout, stderr } = await stave(...args);

      expect(stderr).toMatch(expected);
      expect(stdout).toBe("");
      expect(code).toBe(2);
    });
  }
});

test("an error under --json is one problem document on stderr", async () => {
  const { code, stdout, stderr } = await stave("services", "show", "--json");

  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(JSON.parse(stderr)).toMatchObject({
    code: "USAGE",
    title: expect.stringContaining("--id"),
    nextActions: ["stave services show --id 1", "stave services show --help"],
  });
});

test("a server that is away is said by its address and in words, and exits with 3", async () => {
  const { code, stderr } = await stave("services", "list", "--url", "http://127.0.0.1:1");

  expect(code).toBe(3);
  expect(stderr).toContain("Could not reach http://127.0.0.1:1.");
  expect(stderr).toContain("Connection refused: nothing listens there.");
});

test.each([
  ["exit-codes", /^ {4}6 {2}it is not in a state for that$/m],
  ["environment", /^ {2}STAVE_TOKEN +a token for it, without signing in$/m],
  ["options", /^ {2}--json +answer as JSON/m],
])("there is help about %s", async (topic, expected) => {
  const { code, stdout } = await stave("help", topic);

  expect(code).toBe(0);
  expect(stdout).toMatch(expected);
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

describe("help", () => {
  test("is the same without arguments, by -h, --help and help", async () => {
    const [bare, ...others] = await Promise.all([stave(), stave("-h"), stave("--help"), stave("help")]);

    expect(bare).toMatchObject({ code: 0, stderr: "" });
    for (const other of others) expect(other.stdout).toBe(bare?.stdout);
  });

  for (const { name, examples } of commandTree.commands) {
    test(`of ${name} fits into 80 columns and has its examples`, async () => {
      const { code, stdout, stderr } = await stave(...name.split(" "), "--help");

      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(stdout).toContain(`  stave ${example}\n`);
      expect(await stave("help", ...name.split(" "))).toMatchObject({ code: 0, stdout });
    });
  }
});
