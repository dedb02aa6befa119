import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openControlDatabase } from "@stave/control-database";
import { checkDataDirectory, lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewayMain, startGateway } from "./support/start-gateway.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-commands-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 20_000, cwd: scratch };
    const child = execFile(process.execPath, [gatewayMain, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** A data directory with one large object, which nobody uses. */
async function createDataDirectory(name: string): Promise<string> {
  const directory = join(scratch, name);
  const lock = await lockDataDirectory(directory);
  const store = await openEmbeddedStore({ directory });
  await store.createBucket({ name: "photos", ownerId: "owner" });
  const input = { ownerId: "owner", metadata: { headers: {}, user: {} } };
  await store.putObject({ bucket: "photos", key: "a\u001b[2J" }, Buffer.alloc(200_000, "a"), input);
  await store.close();
  await lock.release();
  return directory;
}

async function cutFile(directory: string): Promise<void> {
  const names = await readdir(join(directory, "blobs"), { recursive: true });
  for (const name of names) {
    const path = join(directory, "blobs", name);
    if ((await stat(path)).isFile()) await truncate(path, 100);
  }
}

describe("check", { timeout: 30_000 }, () => {
  test("ends with 0 for a clean directory and with 1 for a damaged one, and says what is wrong", async () => {
    const directory = await createDataDirectory("check");

    const clean = await run(["check", "--data-dir", directory]);
    await cutFile(directory);
    const damaged = await run(["check"], { STAVE_DATA_DIR: directory });
    const json = await run(["check", "--data-dir", directory, "--json", "--quick"]);

    expect(clean).toMatchObject({ code: 0, stderr: "" });
    expect(clean.stdout).toMatch(/^bytes verified +200,000$/m);
    expect(clean.stdout).toMatch(/^findings +0$/m);
    expect(damaged).toMatchObject({ code: 1, stderr: "" });
    expect(damaged.stdout).toMatch(/^bytes-short {2}photos\/a\\u\{1b\}\[2J {2}version null {2}blobs\/\d+\/0\/1$/m);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      keys: 1,
      findingCount: 1,
      findings: [{ kind: "bytes-short", bucket: "photos", key: "a\u001b[2J" }],
    });
  });

  test("a directory in use, or none, ends with 1 and one line, and none is made", async () => {
    const directory = await createDataDirectory("in-use");
    const lock = await lockDataDirectory(directory);

    const inUse = await run(["check", "--data-dir", directory]);
    await lock.release();
    const missing = await run(["check", "--data-dir", join(scratch, "missing")]);

    expect(inUse).toMatchObject({ code: 1, stdout: "" });
    expect(inUse.stderr).toMatch(/^stave-gateway: Another process uses .*\n$/);
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toMatch(/^stave-gateway: .* is not a data directory\n$/);
    expect(await readdir(scratch)).not.toContain("missing");
  });
});

test.each([
  [["check", "--no-such-flag"], /unknown option '--no-such-flag'/],
  [["check", "surplus"], /too many arguments/],
  [["check", "--data-dir", ""], /--data-dir/],
  [["sweep", "--dry-run=1"], /dry-run/],
  [["snapshot"], /--to/],
  [["snapshot", "--to", ""], /--to/],
])("wrong use of a command ends with 2 and one line: %j", async (args, pattern) => {
  const { code, stdout, stderr } = await run(args);

  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^[^\n]*\n$/);
  expect(stderr).toMatch(pattern);
});

test("each command explains itself, and the server names them", { timeout: 30_000 }, async () => {
  for (const name of ["check", "sweep", "snapshot", "lifecycle"]) {
    const own = await run([name, "--help"]);
    expect(own).toMatchObject({ code: 0, stderr: "" });
    expect(own.stdout).toContain(`Usage: stave-gateway ${name}`);
  }
  expect((await run(["--help"])).stdout).toMatch(/check.*\n.*sweep.*\n.*snapshot.*\n.*lifecycle/);
});

test("sweep removes what is left over, and with --dry-run only counts it", { timeout: 30_000 }, async () => {
  const gateway = await startGateway({ dataDirectory: join(scratch, "sweep"), workers: 1 });
  await gateway.kill();
  const args = ["sweep", "--data-dir", join(scratch, "sweep"), "--json"];

  const dry = await run([...args, "--dry-run"]);
  const swept = await run(args);
  const again = await run(["sweep", "--data-dir", join(scratch, "sweep")]);

  expect([dry.code, swept.code, again.code]).toEqual([0, 0, 0]);
  expect(JSON.parse(dry.stdout)).toMatchObject({ orphanFiles: 0, stalePins: 0 });
  expect(JSON.parse(swept.stdout)).toMatchObject({ orphanFiles: 0, stalePins: 0 });
  expect(again.stdout).toMatch(/^files without an object +0$/m);
});

test("snapshot makes a directory that a server starts on, with the accounts", { timeout: 30_000 }, async () => {
  const dataDirectory = join(scratch, "original");
  const target = join(scratch, "copy");
  const first = await startGateway({ dataDirectory, users: "generated" });
  await first.stop();
  const lock = await lockDataDirectory(dataDirectory);
  const store = await openEmbeddedStore({ directory: dataDirectory });
  await store.createBucket({ name: "photos", ownerId: "owner" });
  await store.close();
  await lock.release();

  const taken = await run(["snapshot", "--data-dir", dataDirectory, "--to", target]);
  const refused = await run(["snapshot", "--data-dir", dataDirectory, "--to", target]);
  const { findings, buckets } = await checkDataDirectory(target);
  const second = await startGateway({ dataDirectory: target, users: "generated" });
  await second.stop();

  expect(taken).toMatchObject({ code: 0, stderr: "" });
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/not empty/);
  expect([findings, buckets]).toEqual([[], 1]);
  const accountsOf = async (directory: string) => {
    const database = await openControlDatabase({ at: { file: join(directory, "control.sqlite") } });
    return await database
      .as("test")
      .accounts.list({ limit: 10 })
      .finally(() => database.close());
  };
  expect(await accountsOf(target)).toEqual(await accountsOf(dataDirectory));
  for (const file of ["control.sqlite", "encryption_key"]) {
    expect((await stat(join(target, file))).mode & 0o777).toBe(0o600);
  }
});
