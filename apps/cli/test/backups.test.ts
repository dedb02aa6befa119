import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type BackupRig, startBackupRig } from "../../api/test/support/backup-rig.ts";
import { createService } from "../../api/test/support/service-account.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { ann } from "../../gateway/test/support/start-gateway.ts";
import { type RunOptions, runStave } from "./support/run-stave.ts";
import { storageOf } from "./support/service-storage.ts";

// Each of these waits for jobs of the api.
vi.setConfig({ testTimeout: 60_000 });

let rig: BackupRig;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  rig = await startBackupRig();
}, 60_000);

afterAll(async () => {
  await rig?.stop();
  await rm(home, { recursive: true });
});

const run = (args: readonly string[], { env = {}, ...options }: RunOptions = {}) =>
  runStave(args, {
    cwd: home,
    ...options,
    env: { STAVE_CONFIG_DIR: home, STAVE_URL: rig.api.endpoint, STAVE_TOKEN: rig.api.token, ...env },
  });
const stave = (...args: string[]) => run(args);

/** A service with one bucket of its name. */
async function makeService(name: string) {
  const { status, body } = await createService(rig.api, name, { buckets: [name] });
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return { id: Number(body.id), storage: await storageOf(rig.api, rig.gateway, body.id) };
}

test("where there is nothing, each list says how to make something, and is an empty list for scripts", async () => {
  for (const words of [
    ["backups", "list"],
    ["backups", "destinations", "ls"],
    ["backup", "schedules", "list"],
  ]) {
    expect(await stave(...words)).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(/stave backups/),
    });
    expect((await stave(...words, "--json")).json()).toEqual([]);
  }
  expect(await stave("backups", "restores", "list")).toMatchObject({ code: 0, stdout: "" });
});

describe("a destination", () => {
  test("is tried, listed, changed and forgotten; its secret key is shown nowhere", async () => {
    await createS3Client(rig.other).call({ method: "PUT", path: "/far" });
    const place = ["-e", rig.other.endpoint, "-b", "far", "--prefix", "a/b", "--access-key", ann.accessKeyId];
    const made = await run(["backups", "destinations", "create", "-n", "far", ...place, "--secret-key-stdin"], {
      stdin: `${ann.secretAccessKey}\n`,
    });

    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\da-f]{16}\n$/) });
    const shown = await stave("backups", "destinations", "show", "far");
    expect(shown.stdout).toContain(`Place       ${rig.other.endpoint}/far/a/b\n`);
    const listed = await stave("backups", "destinations", "list", "--json");
    expect(listed.json()).toEqual([expect.objectContaining({ name: "far", bucket: "far" })]);
    expect(`${made.stderr}${shown.stdout}${listed.stdout}`).not.toContain(ann.secretAccessKey);
    expect((await stave("backups", "destinations", "test", "far")).code).toBe(0);
    expect((await stave("backups", "destination", "update", "far", "--name", "farther")).code).toBe(0);
    expect(await stave("backups", "destinations", "show", "far")).toMatchObject({ code: 5 });
    const dry = await stave("backups", "destinations", "remove", "farther", "--dry-run", "--json");
    expect(dry.json()).toMatchObject({ name: "farther", neededBy: { backups: 0, schedules: [] } });
    expect((await stave("backups", "destinations", "remove", "farther", "--yes")).code).toBe(0);
  });

  test("takes its keys from the environment when no flag names them", async () => {
    const env = { AWS_ACCESS_KEY_ID: ann.accessKeyId, AWS_SECRET_ACCESS_KEY: "wrong" };
    const args = ["backups", "destinations", "create", "-n", "env", "-e", rig.other.endpoint, "-b", "far"];

    expect(await run(args, { env })).toMatchObject({ code: 2, stderr: expect.stringContaining("[UNPROCESSABLE]") });
    const right = { ...env, AWS_SECRET_ACCESS_KEY: ann.secretAccessKey };
    expect(await run(args, { env: right })).toMatchObject({ code: 0 });
    expect((await stave("backups", "destinations", "remove", "env", "--yes")).code).toBe(0);
  });

  test("is refused without a place, with two, and without a key", async () => {
    const create = ["backups", "destinations", "create", "-n", "x"];

    expect(await stave(...create)).toMatchObject({ code: 2, stderr: expect.stringContaining("--directory") });
    expect((await stave(...create, "--directory", "a", "-e", "http://a.test")).code).toBe(2);
    expect(await stave(...create, "-e", "http://a.test", "-b", "b")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--access-key is missing"),
    });
    expect(await stave(...create, "-e", "http://a.test", "-b", "b", "--access-key", "K")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--secret-key-stdin is missing"),
    });
  });
});

test("a service is backed up, verified, downloaded, restored in place and to a new service", async () => {
  const disk = await stave("backups", "destinations", "create", "-n", "disk", "--directory", "disk");
  const again = await stave("backups", "destinations", "create", "-n", "disk", "--directory", "x", "--if-not-exists");
  expect(again).toMatchObject({ code: 0, stdout: disk.stdout });
  const { storage, id } = await makeService("my-storage");
  await storage.put("/my-storage/a.txt", "first");
  await storage.put("/my-storage/odd%20%0A%20%1B%5B31mname", "odd");

  // Made.
  const made = await stave("backups", "create", "my-storage");
  expect(made.stderr).toContain("Backed my-storage up: 2 objects");
  const backup = made.stdout.trim();
  expect((await stave("backups", "list", "--service", "my-storage")).stdout).toMatch(
    new RegExp(`^ID +SERVICE .*\\n${backup} +my-storage +completed +2 +8 B`),
  );

  // Verified.
  expect(await stave("backups", "verify", backup)).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringContaining("The backup is good"),
  });
  expect((await stave("backups", "show", backup)).stdout).toMatch(/^Verified +good, /m);

  // Downloaded: to a file that nobody else can read, and as a stream.
  const file = join(home, "my-storage.tar.zst");
  expect((await stave("backups", "download", backup, file, "--json")).json()).toMatchObject({ id: backup, file });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const tar = zstdDecompressSync(await readFile(file));
  const listing = spawnSync("tar", ["-t"], { input: tar }).stdout.toString();
  expect(listing).toContain("objects/my-storage/a.txt");
  expect(await stave("backups", "download", backup, file)).toMatchObject({
    code: 6,
    stderr: expect.stringContaining("is there already"),
  });
  expect((await stave("backups", "download", backup, file, "--force")).code).toBe(0);
  expect((await stave("backups", "download", backup, "-")).stdout).not.toBe("");
  expect(await stave("backups", "download", backup, join(home, "nowhere", "file"))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: Cannot write .*\n {2}why: {2}ENOENT/),
  });
  expect((await readdir(home)).filter((name) => name.endsWith(".part"))).toEqual([]);

  // Restored in place: nothing without a yes, and then what was there.
  await storage.put("/my-storage/a.txt", "second");
  await storage.put("/my-storage/later.txt", "later.txt");
  const dry = await stave("backups", "restore", backup, "--in-place", "--dry-run");
  expect(dry.stdout).toMatch(/^my-storage +0 +1 \(5 B\) +1 \(3 B\) +1 \(9 B\)$/m);
  expect(await stave("backups", "restore", backup, "--in-place")).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("--yes is missing"),
  });
  expect(await storage.read("/my-storage/a.txt")).toBe("second");
  const restored = await stave("backups", "restore", backup, "--in-place", "--yes");
  expect(restored).toMatchObject({ code: 0, stdout: `${id}\n` });
  expect(await storage.read("/my-storage/a.txt")).toBe("first");
  expect(await storage.read("/my-storage/later.txt")).toBeUndefined();

  // Restored to a new service, whose buckets need other names.
  expect(await stave("backups", "restore", backup, "--to-new", "copy", "--yes")).toMatchObject({ code: 6 });
  const copied = await stave("backups", "restore", backup, "--to-new", "copy", "--suffix=-copy", "--yes", "--json");
  expect(copied.json()).toMatchObject({ mode: "new_service", state: "completed", written: 2 });
  const copy = await storageOf(rig.api, rig.gateway, copied.json().serviceId);
  expect(await copy.read("/my-storage-copy/a.txt")).toBe("first");
  expect((await stave("backups", "restores", "list", "--backup", backup, "--json")).json()).toHaveLength(2);
  const [restore] = (await stave("backups", "restores", "list", "--json")).json();
  expect((await stave("backups", "restores", "show", restore.id)).stdout).toMatch(/^How +to a new service$/m);
  expect((await stave("backups", "abilities", "my-storage")).stdout).toMatch(
    /^Name for a new one +my-storage-restored$/m,
  );
});

test("a damaged backup fails its verification, and its download breaks off and leaves no file", async () => {
  const { storage } = await makeService("damaged");
  const destination = await stave("backups", "destinations", "create", "-n", "weak", "--directory", "weak");
  const content = "x".repeat(300_000);
  await storage.put("/damaged/a", content);
  const { stdout } = await stave("backups", "create", "damaged", "--destination", destination.stdout.trim());
  const hash = createHash("sha256").update(content).digest("hex");
  const all = await readdir(join(rig.backupsDirectory, "weak"), { recursive: true, withFileTypes: true });
  const body = all.find(({ name }) => name.includes(hash.slice(2)) || name.includes(hash));
  if (body === undefined) throw new Error("The content of the backup was not found.");
  await writeFile(join(body.parentPath, body.name), "y".repeat(300_000));

  const verified = await stave("backups", "verify", stdout.trim());
  expect(verified.code).toBe(1);
  expect(verified.stderr).toMatch(/^error: The job backup:verify has failed\./m);
  const file = join(home, "damaged.tar.zst");
  const download = await stave("backups", "download", stdout.trim(), file);
  expect(download).toMatchObject({ code: 3, stderr: expect.stringContaining("The download has broken off.") });
  expect((await readdir(home)).filter((name) => name.startsWith("damaged"))).toEqual([]);
});

test("old backups are deleted: what would go is shown, and one by one they do", async () => {
  const { storage } = await makeService("pruned");
  const ids: string[] = [];
  for (const key of ["a", "b", "c"]) {
    await storage.put(`/pruned/${key}`, key);
    ids.push((await stave("backups", "create", "pruned", "--destination", "disk")).stdout.trim());
  }

  const dry = await stave("backups", "prune", "pruned", "--keep", "2", "--dry-run", "--json");
  expect(dry.json()).toEqual([expect.objectContaining({ id: ids[0] })]);
  expect((await stave("backups", "prune", "pruned", "--keep", "2")).code).toBe(2);
  expect((await stave("backups", "prune", "pruned", "--keep", "2", "-f")).code).toBe(0);
  const left = (await stave("backups", "list", "--service", "pruned", "--json")).json();
  expect(left.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[1]]);
  expect((await stave("backups", "delete", ids[1] ?? "", "--dry-run")).stdout).toMatch(/^Service +pruned$/m);
  expect((await stave("backups", "delete", ids[1] ?? "", "-f")).code).toBe(0);
  expect((await stave("backups", "show", ids[1] ?? "")).code).toBe(5);
  expect(await stave("backups", "cancel", ids[2] ?? "")).toMatchObject({
    code: 6,
    stderr: expect.stringContaining("the backup is completed"),
  });
});

test("with --no-wait the job is the answer, and the same key does nothing new", async () => {
  await makeService("queued");
  const create = [
    "backups",
    "create",
    "queued",
    "--destination",
    "disk",
    "--no-wait",
    "--idempotency-key",
    "nightly-1",
  ];
  const first = await stave(...create);

  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\da-z]+\n$/) });
  expect((await stave("jobs", "watch", first.stdout.trim())).code).toBe(0);
  expect((await stave(...create)).stdout).toBe(first.stdout);
  expect((await stave("backups", "list", "--service", "queued", "--json")).json()).toHaveLength(1);
});

test("a schedule is made, changed, made to rest and ended", async () => {
  const { id } = await makeService("scheduled");
  const create = ["backups", "schedules", "create", "scheduled", "-n", "nightly", "--cron", "0 3 * * *"];
  const made = await stave(...create, "--destination", "disk", "--keep", "14", "--time-zone", "Europe/Berlin");

  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\da-f]{16}\n$/) });
  expect(await stave(...create, "--if-not-exists")).toMatchObject({ code: 0, stdout: made.stdout });
  expect(await stave(...create)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--destination is missing"),
  });
  const changed = await stave(
    "backups",
    "schedules",
    "update",
    "nightly",
    "--keep",
    "none",
    "--enabled",
    "no",
    "--json",
  );
  expect(changed.json()).toMatchObject({ serviceId: id, retentionCount: null, isEnabled: false });
  expect((await stave("backups", "schedules", "list", "--service", "scheduled")).stdout).toMatch(
    /nightly .* all +rests/,
  );
  expect((await stave("backups", "schedules", "show", "nightly")).stdout).toMatch(
    /^Cron +0 0 3 \* \* \* Europe\/Berlin$/m,
  );
  expect(await stave("backups", "schedules", "update", "nightly", "--cron", "* * * * *")).toMatchObject({ code: 2 });
  expect((await stave("backups", "destinations", "remove", "disk", "--dry-run")).stdout).toMatch(
    /^Schedules +nightly$/m,
  );
  expect(await stave("backups", "destinations", "remove", "disk", "--yes")).toMatchObject({ code: 6 });
  expect((await stave("backups", "schedules", "remove", "nightly", "--yes")).code).toBe(0);
});

test.each<[string, readonly string[], number, RegExp]>([
  ["a backup that there is not", ["backups", "show", "0".repeat(24)], 5, /NOT_FOUND/],
  ["a service that there is not", ["backups", "create", "nothing"], 5, /NOT_FOUND/],
  ["a destination that there is not", ["backups", "destinations", "test", "x"], 5, /no destination "x"/],
  ["a restore to nowhere", ["backups", "restore", "0".repeat(24)], 2, /--in-place or --to-new/],
  ["a suffix in place", ["backups", "restore", "0".repeat(24), "--in-place", "--suffix=a"], 2, /--to-new/],
])("%s is refused in words, with its code", async (_, args, code, stderr) => {
  const run = await stave(...args);
  expect(run).toMatchObject({ code, stdout: "" });
  expect(run.stderr).toMatch(stderr);
});
