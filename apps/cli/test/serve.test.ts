import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runStave } from "./support/run-stave.ts";
import { type StaveServing, startStave } from "./support/start-stave.ts";

let scratch: string;
const running: StaveServing[] = [];

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-serve-"));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((stave) => stave.end("SIGTERM")));
  await rm(scratch, { recursive: true });
});

const freePorts = ["--port", "0", "--api-port", "0", "--admin-port", "0", "--workers", "1"];

function serve(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): StaveServing {
  const stave = startStave(["serve", "--data-dir", join(scratch, "data"), ...freePorts, ...args], {
    env: { STAVE_CONFIG_DIR: scratch, ...env },
  });
  running.push(stave);
  return stave;
}

const isGone = async (url: string) =>
  await fetch(url).then(
    () => false,
    () => true,
  );

describe("serve", { timeout: 30_000 }, () => {
  test("starts both on a fresh directory, and prints a key and a token that work", async () => {
    const stave = serve();

    const [s3, api] = (await stave.until(/^ready (http:\/\/127\.0\.0\.1:\d+)$/, 2)).map(([, url = ""]) => url);
    const [[, accessKeyId = ""] = []] = await stave.until(/^ {2}access key +(AKIA\S+)$/);
    const [[, token = ""] = []] = await stave.until(/^administrator token \(shown this once\): (\S+)$/);
    const env = { STAVE_CONFIG_DIR: scratch, STAVE_URL: api, STAVE_TOKEN: token };
    const [service] = (await runStave(["services", "list", "--json"], { env })).json();

    expect(service).toMatchObject({ status: "running", public_endpoint: s3 });
    const keys = await runStave(["gateway", "keys", "list", "--data-dir", join(scratch, "data")]);
    expect(keys.stdout).toContain(accessKeyId);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`ends both with ${signal}, and with 0`, async () => {
      const stave = serve();
      const urls = (await stave.until(/^ready (\S+)$/, 2)).map(([, url = ""]) => url);

      expect(await stave.end(signal)).toBe(0);
      expect(await Promise.all(urls.map(isGone))).toEqual([true, true]);
    });
  }

  test("says under --json what there is as one object a line", async () => {
    const stave = serve(["--json"]);
    await stave.until(/"server":"api"/);

    expect(stave.lines.map((line) => JSON.parse(line))).toEqual([
      { event: "key", accessKeyId: expect.stringMatching(/^AKIA/), secretAccessKey: expect.stringMatching(/^\S{40}$/) },
      { event: "ready", server: "gateway", url: expect.stringMatching(/^http:/) },
      { event: "token", token: expect.stringMatching(/^stave_/) },
      { event: "ready", server: "api", url: expect.stringMatching(/^http:/) },
    ]);
  });

  test("keeps keys in a file that nobody else can read, and prints none", async () => {
    const file = join(scratch, "first-keys");
    const stave = serve(["--credentials-file", file]);
    const urls = (await stave.until(/^ready (\S+)$/, 2)).map(([, url = ""]) => url);

    expect(stave.lines).toEqual(urls.map((url) => `ready ${url}`));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const kept = await readFile(file, "utf8");
    expect(kept).toMatch(/^AWS_ENDPOINT_URL=\S+\nAWS_ACCESS_KEY_ID=AKIA\S+\nAWS_SECRET_ACCESS_KEY=\S{40}\nSTAVE_URL=/);
    const env = Object.fromEntries(
      kept
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s)),
    );
    expect((await runStave(["whoami"], { env: { ...env, STAVE_CONFIG_DIR: scratch } })).code).toBe(0);
    await stave.end("SIGTERM");

    const again = serve(["--credentials-file", file]);
    await again.until(/^ready /, 2);
    expect(await readFile(file, "utf8")).toBe(kept);
  });

  test("refuses a file for keys that others can read, before it makes any", async () => {
    const file = join(scratch, "first-keys");
    await writeFile(file, "", { mode: 0o644 });

    const stave = serve(["--credentials-file", file]);

    expect(await stave.ended).toBe(2);
    expect(stave.stderr()).toContain(`chmod 600 ${file}`);
    await expect(stat(join(scratch, "data"))).rejects.toThrow("ENOENT");
  });

  test("takes one setting of the environment for both", async () => {
    const stave = serve([], { STAVE_REGION: "eu-test-1", STAVE_DATA_DIR: join(scratch, "elsewhere") });
    const [[, token = ""] = []] = await stave.until(/^administrator token .*: (\S+)$/);
    const [, [, url = ""] = []] = await stave.until(/^ready (\S+)$/, 2);
    const env = { STAVE_CONFIG_DIR: scratch, STAVE_URL: url, STAVE_TOKEN: token };

    expect((await runStave(["services", "list", "--json"], { env })).json()).toMatchObject([{ region: "eu-test-1" }]);
  });

  test("ends with what a server says when that cannot start, and leaves none behind", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    try {
      const stave = serve(["--api-port", String(port)]);

      const [[, s3 = ""] = []] = await stave.until(/^ready (\S+)$/);
      expect(await stave.ended).toBe(1);
      expect(stave.stderr()).toMatch(/^stave-api: .*EADDRINUSE/m);
      expect(await isGone(s3)).toBe(true);
    } finally {
      taken.close();
    }
  });

  test("refuses a wrong setting with 2", async () => {
    expect(await runStave(["serve", "--port", "70000"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--port <n>: Expected a whole number from 0 to 65535"),
    });
    const stave = serve(["--region", "NOWHERE!"]);
    expect(await stave.ended).toBe(2);
    expect(stave.stderr()).toMatch(/^stave-gateway: .*region/);
  });
});

describe("gateway and api", () => {
  test("hand everything on, and end as the server does", { timeout: 20_000 }, async () => {
    const data = ["--data-dir", join(scratch, "data")];

    expect((await runStave(["gateway", "--", "--help"])).stdout).toContain("Usage: stave-gateway");
    expect((await runStave(["api", "--", "--help"])).stdout).toContain("Usage: stave-api");
    expect(await runStave(["gateway", "keys", "issue", ...data, "--json", "--bucket"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^stave-gateway: .*argument missing/),
    });
    expect((await runStave(["gateway", "check", ...data])).code).toBe(1);
    expect((await runStave(["api", "--nothing"])).code).toBe(2);
  });

  test("have a help of their own", async () => {
    expect((await runStave(["gateway", "--help"])).stdout).toContain("stave gateway -- --help");
  });
});

describe("init", () => {
  const init = (...args: string[]) => runStave(["init", ...args], { cwd: scratch, env: { STAVE_CONFIG_DIR: scratch } });

  for (const [kind, file] of [
    ["systemd", "stave.service"],
    ["compose", "compose.yaml"],
  ] as const) {
    test(`${kind} writes ${file} and never over one that is there, unless told so`, async () => {
      expect(await init(kind)).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("Next:") });
      const text = await readFile(join(scratch, file), "utf8");
      await writeFile(join(scratch, file), "mine");

      expect(await init(kind)).toMatchObject({ code: 6, stderr: expect.stringContaining("--force") });
      expect(await readFile(join(scratch, file), "utf8")).toBe("mine");
      expect((await init(kind, "--force")).code).toBe(0);
      expect(await readFile(join(scratch, file), "utf8")).toBe(text);
      expect((await init(kind, "--output", "-")).stdout).toBe(text);
    });
  }

  test("systemd's unit starts this Stave with what it says", { timeout: 30_000 }, async () => {
    const { stdout: unit } = await init("systemd", "-o", "-", "--port", "0", "--api-port", "0");
    const [, line = ""] = /^ExecStart=(.+)$/m.exec(unit) ?? [];
    const [node = "", main = "", ...args] = line.replaceAll("/var/lib/stave", scratch).split(" ");

    const stave = startStave([...args, "--admin-port", "0"], { node, main, env: { STAVE_CONFIG_DIR: scratch } });
    running.push(stave);
    await stave.until(/^ready /, 2);

    expect(await readFile(join(scratch, "first-keys"), "utf8")).toContain("STAVE_TOKEN=stave_");
    expect(unit).toMatch(/^NoNewPrivileges=yes$/m);
  });

  test("what is written of somebody's words is quoted", async () => {
    const url = 'https://a.example/"$HOME%n';

    expect((await init("systemd", "-o", "-", "--public-url", url)).stdout).toContain(
      '"--public-url=https://a.example/\\"$$HOME%%n"',
    );
    expect((await init("compose", "-o", "-", "--public-url", url)).stdout).toContain(
      '- "--public-url=https://a.example/\\"$$HOME%n"\n',
    );
  });
});
