import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findClient } from "../../gateway/test/support/find-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// examples/quickstart.sh, as a person runs it: alone, and with a Stave that already runs.

const script = join(import.meta.dirname, "..", "..", "..", "examples", "quickstart.sh");
const curl = findClient({
  command: "curl",
  probe: ["--aws-sigv4", "aws:amz", "--version"],
  install: "curl 7.75 or newer",
});
const python = findClient({
  command: process.env.STAVE_TEST_PYTHON ?? "python3",
  probe: ["-c", "import boto3"],
  install: "boto3: pip install -r .ci/requirements.txt",
});

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-quickstart-test-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const storedLine = "uploads/image.jpg is stored, 22 bytes";
const linesAfterTheFirst = [
  /^ 2 {2}the service (?<name>quickstart-\d+) is running, with room for 10 GB$/,
  /^ 3 {2}the project quickstart-\d+ has the environment staging$/,
  /^ 4 {2}linked: the bucket quickstart-\d+-staging, and the key AKIA[A-Z0-9]{16}$/,
  /^ 5 {2}13 variables are in \S+\/quickstart-\d+\.env, which nobody else may read$/,
  new RegExp(`^ 6 {2}Node\\.js: ${storedLine}$`),
  python.isMissing ? /^ 7 {2}Python: left out, as python3 has no boto3/ : new RegExp(`^ 7 {2}Python: ${storedLine}$`),
  /^ 8 {2}rotated: the old key works until \d{4}-\S+Z, the new key AKIA[A-Z0-9]{16} works as well$/,
  /^ 9 {2}the grace period is over: the old key is refused as InvalidAccessKeyId, the new one works$/,
  /^10 {2}the service is not deleted: It is linked to staging of the project quickstart-\d+: unlink it first\.$/,
  /^11 {2}unlinked: the variables are gone from the file$/,
  /^12 {2}deleted: the service, its bucket with all objects, and the project$/,
];

describe.skipIf(curl.isMissing)("the quickstart", { timeout: 120_000 }, () => {
  test("starts a Stave, goes all the way, and takes it away again", async () => {
    const { code, stdout, stderr } = await quickstart();

    expect([code, stderr]).toEqual([0, ""]);
    const [first = "", ...others] = stdout.trimEnd().split("\n");
    expectLines(others);
    const [, url = ""] = /^ 1 {2}Stave is ready at (http:\/\/127\.0\.0\.1:\d+)$/.exec(first) ?? [];
    await expect(fetch(url)).rejects.toThrow("fetch failed");
    const left = await readdir(join(scratch, "tmp"));
    expect(left.filter((name) => name.startsWith("stave"))).toEqual([]);
  });

  describe("with a Stave that runs", () => {
    let gateway: TestGateway;
    let api: TestApi;
    let sinks = "";
    let running: NodeJS.ProcessEnv = {};
    beforeAll(async () => {
      sinks = join(scratch, "sinks");
      await mkdir(sinks);
      gateway = await startGateway({ workers: 1 });
      api = await startApi(gateway, { args: ["--sinks-dir", sinks] });
      running = { STAVE_URL: api.endpoint, STAVE_TOKEN: api.token, STAVE_SINKS_DIR: sinks };
    }, 60_000);
    afterAll(async () => {
      await api?.stop();
      await gateway?.stop();
    });

    test("leaves nothing in it", async () => {
      const { code, stdout, stderr } = await quickstart(running);

      expect([code, stderr]).toEqual([0, ""]);
      const [first, ...others] = stdout.trimEnd().split("\n");
      expect(first).toBe(` 1  Stave is ready at ${api.endpoint}`);
      expectLines(others);
      const services = await api.call("/api/external-services");
      expect(services.body.map(({ name }: { name: string }) => name)).toEqual(["default"]);
      expect((await api.call("/api/projects")).body.data).toEqual([]);
      expect(await readdir(sinks)).toEqual([]);
    });

    test("ends at a token that is refused", async () => {
      const { code, stdout, stderr } = await quickstart({ ...running, STAVE_TOKEN: "stave_wrong" });

      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^quickstart: GET \/api\/session was answered with 401 instead of 200: \{.*\}\n$/);
    });

    test("ends at variables that cannot be written", async () => {
      const withoutSinks = await startApi(gateway, { token: api.token });
      try {
        const { code, stdout, stderr } = await quickstart({ ...running, STAVE_URL: withoutSinks.endpoint });

        expect([code, lastLine(stdout)]).toEqual([1, expect.stringMatching(/^ 4 {2}linked: /)]);
        expect(stderr).toMatch(/^quickstart: POST \S+\/sinks\S+ was answered with 422 instead of 202: .*--sinks-dir/);
      } finally {
        await withoutSinks.stop();
      }
    });

    test("ends at a program that fails", async () => {
      const failing = await writeProgram("failing/python", '[ "$1" = -c ]');

      const { code, stdout, stderr } = await quickstart({ ...running, PYTHON: failing });

      expect([code, lastLine(stdout)]).toEqual([1, ` 6  Node.js: ${storedLine}`]);
      expect(stderr).toBe("quickstart: the program in Python has failed\n");
    });

    test("ends at an old key that does not work for as long as it was asked for", async () => {
      const hasty = await writeProgram(
        "hasty/curl",
        `exec "$CURL" "\${@//\\"grace_seconds\\": 8/\\"grace_seconds\\": 0}"`,
      );
      const { stdout: found } = await promisify(execFile)("bash", ["-c", "command -v curl"]);

      const { code, stdout, stderr } = await quickstart({ ...running, CURL: found.trim() }, [dirname(hasty)]);

      expect([code, lastLine(stdout)]).toEqual([1, expect.stringMatching(/^ 7 {2}Python: /)]);
      expect(stderr).toMatch(
        /^quickstart: the key of \S+\/old\.env was answered otherwise than with 200: .*InvalidAccessKeyId/s,
      );
    });
  });
});

function expectLines(lines: readonly string[]): void {
  expect(lines).toEqual(linesAfterTheFirst.map((line) => expect.stringMatching(line)));
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split("\n").at(-1);
}

/** Runs the script as it is, with programs of these folders before those of the machine. What it says, also when it fails. */
async function quickstart(env: NodeJS.ProcessEnv = {}, folders: readonly string[] = []) {
  const temporary = join(scratch, "tmp");
  await mkdir(temporary, { recursive: true });
  const path = [...folders, dirname(process.execPath), process.env.PATH].join(delimiter);
  const running = promisify(execFile)("bash", [script], {
    env: { ...process.env, PATH: path, PYTHON: python.command, TMPDIR: temporary, ...env },
  });
  return await running.then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

async function writeProgram(path: string, body: string): Promise<string> {
  const file = join(scratch, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/usr/bin/env bash\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}
