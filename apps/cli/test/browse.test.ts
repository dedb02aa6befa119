import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startSmallProxy } from "../../gateway/test/support/small-proxy.ts";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runStave, staveMain } from "./support/run-stave.ts";

// Each runs several processes, one after the other.
vi.setConfig({ testTimeout: 60_000 });

const run = promisify(execFile);

let gateway: TestGateway;
let home: string;
let made = 0;
/** A bucket of its own for each test. */
let bucket = "";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  gateway = await startGateway();
});

afterAll(async () => {
  await gateway?.stop();
  await rm(home, { recursive: true });
});

const environment = (endpoint = gateway.endpoint) => ({
  STAVE_CONFIG_DIR: home,
  HOME: home,
  AWS_ACCESS_KEY_ID: ann.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ann.secretAccessKey,
  AWS_ENDPOINT_URL_S3: endpoint,
});
const stave = (...args: string[]) => runStave(args, { env: environment(), cwd: home });
const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const json = (text: string) => lines(text).map((line) => JSON.parse(line));

async function put(key: string, body = "content", headers: Record<string, string> = {}): Promise<void> {
  const path = `/${bucket}/${key.split("/").map(escaped).join("/")}`;
  const { status } = await createS3Client(gateway).call({ method: "PUT", path, body, headers });
  expect(status).toBe(200);
}

function escaped(part: string): string {
  return encodeURIComponent(part).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function keepVersions(): Promise<void> {
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  await createS3Client(gateway).call({ method: "PUT", path: `/${bucket}`, query: { versioning: "" }, body });
}

async function keys(): Promise<readonly string[]> {
  const { stdout } = await stave("ls", "--recursive", `s3://${bucket}`, "--json");
  return json(stdout).map(({ key }) => key);
}

beforeEach(async () => {
  made += 1;
  bucket = `bucket-${made}`;
  await createS3Client(gateway).call({ method: "PUT", path: `/${bucket}` });
});

describe("mb and rb", () => {
  test("make a bucket once, and remove it while it is empty", async () => {
    expect(await stave("mb", "s3://new-one")).toMatchObject({ code: 0, stdout: "" });
    expect(await stave("mb", "s3://new-one", "--if-not-exists")).toMatchObject({ code: 0 });
    expect(lines((await stave("ls")).stdout)).toContainEqual(expect.stringMatching(/^\d{4}-.* {2}new-one$/));
    expect(await stave("rb", "s3://new-one", "--dry-run")).toMatchObject({ code: 0 });
    expect(await stave("rb", "s3://new-one")).toMatchObject({ code: 0 });
    expect(await stave("rb", "s3://new-one")).toMatchObject({ code: 5 });
    expect(await stave("rb", "s3://new-one", "--force")).toMatchObject({ code: 0 });
  });

  test("refuse a bucket that is not empty, with what is in it and the way out", async () => {
    await put("a", "0123456789");
    const { code, stderr } = await stave("rb", `s3://${bucket}`);

    expect(code).toBe(6);
    expect(stderr).toMatch(/is not empty \(1 object version, 10 B\)\. {2}\[BucketNotEmpty\]/);
    expect(stderr).toContain(`next: stave rb s3://${bucket} --with-objects`);
    expect(await stave("rb", `s3://${bucket}`, "--with-objects")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes is missing"),
    });
    expect(await stave("rb", `s3://${bucket}`, "--with-objects", "--yes")).toMatchObject({ code: 0 });
    expect(await stave("stat", `s3://${bucket}`)).toMatchObject({ code: 5 });
  });
});

describe("ls", () => {
  test("stops at slashes, or goes on below them", async () => {
    for (const key of ["a.txt", "b/c.txt", "b/d/e.txt", "z"]) await put(key);

    expect(lines((await stave("ls", `s3://${bucket}`)).stdout).map((line) => line.split("  ").at(-1))).toEqual([
      "a.txt",
      "b/",
      "z",
    ]);
    expect(lines((await stave("ls", `s3://${bucket}/b/`)).stdout).map((line) => line.split("  ").at(-1))).toEqual([
      "c.txt",
      "d/",
    ]);
    expect(await keys()).toEqual(["a.txt", "b/c.txt", "b/d/e.txt", "z"]);
    expect(json((await stave("ls", `s3://${bucket}`, "--json", "--limit", "2")).stdout)).toMatchObject([
      { type: "object", key: "a.txt", sizeBytes: 7 },
      { type: "prefix", prefix: "b/" },
    ]);
  });

  test("of nothing says so on stderr; of no bucket, exits with 5", async () => {
    expect(await stave("ls", `s3://${bucket}`)).toMatchObject({
      code: 0,
      stdout: "",
      stderr: `There is nothing in s3://${bucket}.\n`,
    });
    expect(await stave("ls", "s3://no-such-bucket", "--json")).toMatchObject({ code: 5, stdout: "" });
  });

  test("shows names that would move the cursor as codes, and gives them to scripts as they are", async () => {
    const key = "a\n\u001b[31mred b/+ %2F //x";
    await put(key);

    const { stdout } = await stave("ls", "--recursive", `s3://${bucket}`);
    expect(lines(stdout)).toHaveLength(1);
    expect(stdout).toContain("a\\x0a\\x1b[31mred b/+ %2F //x");
    expect(await keys()).toEqual([key]);
  });

  test("lists versions and delete markers", async () => {
    await keepVersions();
    await put("a", "1");
    await put("a", "22");
    await stave("rm", `s3://${bucket}/a`);

    expect(json((await stave("ls", "--versions", `s3://${bucket}`, "--json")).stdout)).toMatchObject([
      { type: "deleteMarker", key: "a", isLatest: true },
      { type: "version", key: "a", sizeBytes: 2, isLatest: false },
      { type: "version", key: "a", sizeBytes: 1, isLatest: false },
    ]);
  });
});

test("many keys are listed page by page: the first line is there before the last page is asked for", async () => {
  const client = createS3Client(gateway);
  const count = 3000;
  for (let at = 0; at < count; at += 50) {
    const some = Array.from({ length: 50 }, (_, index) => `key-${String(at + index).padStart(6, "0")}`);
    await Promise.all(some.map((key) => client.call({ method: "PUT", path: `/${bucket}/${key}`, body: "" })));
  }
  const asked: string[] = [];
  const proxy = await startSmallProxy(gateway.port, (head) => {
    asked.push(head.target);
    return head;
  });
  const env = environment(`http://127.0.0.1:${proxy.port}`);
  try {
    const child = spawn(process.execPath, [staveMain, "ls", "--recursive", `s3://${bucket}`, "--json"], {
      // A small heap: what was shown is not kept.
      env: { PATH: process.env.PATH, NODE_OPTIONS: "--max-old-space-size=32", ...env },
    });
    const exited = once(child, "exit");
    let pagesAtFirstLine: number | undefined;
    let shown = 0;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      pagesAtFirstLine ??= asked.length;
      shown += chunk.toString().split("\n").length - 1;
    }

    expect(await exited).toEqual([0, null]);
    expect(pagesAtFirstLine).toBeLessThan(3);
    expect(asked).toHaveLength(3);
    expect(shown).toBe(count);
  } finally {
    await proxy.close();
  }
  const removed = await stave("rm", "--recursive", `s3://${bucket}`, "--yes", "--json");
  expect(removed.json()).toEqual({ removed: count, failed: 0, failures: [] });
  expect(await keys()).toEqual([]);
});

test("stat shows an object with its tags and metadata, and a bucket", async () => {
  await put("a b+c", "0123456789", {
    "content-type": "text/plain",
    "x-amz-meta-colour": "blue",
    "x-amz-tagging": "team=web",
  });
  const { stdout } = await stave("stat", `s3://${bucket}/a b+c`);

  expect(stdout).toMatch(/^Size +10 B \(10 bytes\)$/m);
  expect(stdout).toMatch(/^Metadata +colour=blue$/m);
  expect(stdout).toMatch(/^Tags +team=web$/m);
  expect((await stave("stat", `s3://${bucket}/a b+c`, "--json")).json()).toMatchObject({
    key: "a b+c",
    sizeBytes: 10,
    contentType: "text/plain",
    tags: { team: "web" },
    retention: null,
  });
  expect((await stave("stat", `s3://${bucket}`, "--json")).json()).toEqual({
    bucket,
    region: "us-east-1",
    versioning: "Off",
    hasObjectLock: false,
    hasPolicy: false,
  });
  expect(await stave("stat", `s3://${bucket}/nothing`)).toMatchObject({ code: 5, stdout: "" });
});

test("du adds up each folder, and all", async () => {
  await put("a/1", "12345");
  await put("a/b/2", "12345");
  await put("c/3", "1");
  await put("d", "12");

  expect(json((await stave("du", `s3://${bucket}`, "--json")).stdout)).toEqual([
    { path: "a/", objects: 2, sizeBytes: 10 },
    { path: "c/", objects: 1, sizeBytes: 1 },
    { path: `s3://${bucket}`, objects: 4, sizeBytes: 13 },
  ]);
  expect((await stave("du", `s3://${bucket}`, "--depth", "0")).stdout).toBe(
    `${"13 B".padStart(9)}  ${"4 objects".padStart(14)}  s3://${bucket}\n`,
  );
});

test("tree shows keys as folders", async () => {
  for (const key of ["a/b/1", "a/b/2", "a/c", "d"]) await put(key);

  expect((await stave("tree", `s3://${bucket}`)).stdout).toBe("a/\n  b/\n    1  7 B\n    2  7 B\n  c  7 B\nd  7 B\n");
  expect((await stave("tree", `s3://${bucket}`, "--depth", "1", "--folders")).stdout).toBe("a/\n");
});

describe("find", () => {
  test.each<[title: string, args: readonly string[], found: readonly string[]]>([
    ["a name", ["--name", "*.jpg"], ["cats/a.jpg", "z.jpg"]],
    ["a path with a folder", ["--path", "cats/*"], ["cats/a.jpg", "cats/b.txt"]],
    ["a path across folders", ["--path", "**.jpg"], ["cats/a.jpg", "z.jpg"]],
    ["one character", ["--name", "?.txt"], ["cats/b.txt"]],
    ["a size", ["--larger", "10"], ["cats/b.txt"]],
    ["both", ["--name", "*.jpg", "--smaller", "5"], ["z.jpg"]],
    ["a tag", ["--tag", "kind=cat"], ["cats/a.jpg"]],
    ["an age that none has", ["--older", "1d"], []],
    ["an age that all have", ["--newer", "1d", "--name", "z*"], ["z.jpg"]],
  ])("%s", async (_title, args, found) => {
    await put("cats/a.jpg", "1234567", { "x-amz-tagging": "kind=cat" });
    await put("cats/b.txt", "12345678901234567890");
    await put("z.jpg", "1");

    const { code, stdout } = await stave("find", `s3://${bucket}`, ...args);
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual(found.map((key) => `s3://${bucket}/${key}`));
  });
});

describe("rm", () => {
  test("removes one object without a question; one that there is not is told", async () => {
    await put("a");

    expect(await stave("rm", `s3://${bucket}/a`, "--dry-run")).toMatchObject({ code: 0 });
    expect(await keys()).toEqual(["a"]);
    expect(await stave("rm", `s3://${bucket}/a`)).toMatchObject({ code: 0, stdout: "" });
    expect(await keys()).toEqual([]);
    expect(await stave("rm", `s3://${bucket}/a`)).toMatchObject({ code: 5 });
    expect(await stave("rm", `s3://${bucket}/a`, "--force")).toMatchObject({ code: 0 });
  });

  test("removes what begins alike only when somebody has said yes", async () => {
    for (const key of ["old/a", "old/b", "older", "new"]) await put(key);

    expect(await stave("rm", "--recursive", `s3://${bucket}/old/`)).toMatchObject({ code: 2, stdout: "" });
    const dry = await stave("rm", "--recursive", `s3://${bucket}/old/`, "--dry-run");
    expect(dry).toMatchObject({ code: 0, stdout: "old/a\nold/b\n", stderr: "Would remove 2 objects, 14 B.\n" });
    expect(await keys()).toHaveLength(4);
    expect(await stave("rm", "--recursive", `s3://${bucket}/old/`, "--yes")).toMatchObject({ code: 0 });
    expect(await keys()).toEqual(["new", "older"]);
    expect(await stave("rm", "--recursive", `s3://${bucket}/old/`, "--yes")).toMatchObject({ code: 5 });
  });

  test("takes versions away for good only with --versions", async () => {
    await keepVersions();
    await put("a");
    await put("ab");
    await stave("rm", "--recursive", `s3://${bucket}`, "--yes");
    expect(json((await stave("ls", "--versions", `s3://${bucket}`, "--json")).stdout)).toHaveLength(4);

    await stave("rm", "--versions", `s3://${bucket}/a`, "--yes");
    const left = json((await stave("ls", "--versions", `s3://${bucket}`, "--json")).stdout);
    expect(new Set(left.map(({ key }) => key))).toEqual(new Set(["ab"]));
  });

  test("that cannot remove everything exits with 1, with the count", async () => {
    await stave("mb", "s3://locked-bucket", "--object-lock");
    bucket = "locked-bucket";
    await put("kept");
    await put("free");
    await stave("retention", "set", "s3://locked-bucket/kept", "--days", "1");
    const { code, stdout, stderr } = await stave(
      "rm",
      "--recursive",
      "--versions",
      "s3://locked-bucket",
      "--yes",
      "--json",
    );

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ removed: 1, failed: 1, failures: [{ key: "kept" }] });
    expect(stderr).toContain("1 of 2 could not be removed.");
    expect(
      await stave("rm", "--recursive", "--versions", "s3://locked-bucket", "--yes", "--bypass-governance"),
    ).toMatchObject({
      code: 0,
    });
  });
});

test("undelete brings back what was deleted, however often, and nothing else", async () => {
  await keepVersions();
  await put("a", "first");
  await put("b");
  await stave("rm", `s3://${bucket}/a`);
  await stave("rm", `s3://${bucket}/a`, "--force");

  expect(await stave("undelete", `s3://${bucket}/b`)).toMatchObject({ code: 5 });
  expect((await stave("undelete", "--recursive", `s3://${bucket}`, "--dry-run")).stdout).toBe("a\n");
  expect(await keys()).toEqual(["b"]);
  expect(await stave("undelete", `s3://${bucket}/a`)).toMatchObject({ code: 0, stdout: "a\n" });
  expect(await keys()).toEqual(["a", "b"]);
});

test("retention and legal hold are set, shown and lifted", async () => {
  await stave("mb", "s3://records", "--object-lock");
  bucket = "records";
  await put("a.pdf");
  const target = "s3://records/a.pdf";

  expect(await stave("retention", "get", target)).toMatchObject({ code: 0, stdout: "", stderr: "Nothing keeps it.\n" });
  expect(await stave("retention", "set", target)).toMatchObject({ code: 2 });
  expect(await stave("retention", "set", target, "--until", "2020-01-01")).toMatchObject({ code: 2 });
  expect(await stave("retention", "set", target, "--until", "2040-01-01")).toMatchObject({ code: 0 });
  expect((await stave("retention", "get", target)).stdout).toBe("governance until 2040-01-01T00:00:00.000Z\n");
  expect(await stave("retention", "set", target, "--days", "1", "--mode", "compliance")).toMatchObject({ code: 2 });
  expect(await stave("retention", "clear", target)).toMatchObject({ code: 0 });
  expect((await stave("retention", "get", target, "--json")).json()).toBeNull();

  expect((await stave("legal-hold", "get", target)).stdout).toBe("off\n");
  expect(await stave("legal-hold", "set", target)).toMatchObject({ code: 0 });
  expect((await stave("stat", target, "--json")).json()).toMatchObject({ legalHold: true });
  expect(await stave("legal-hold", "clear", target)).toMatchObject({ code: 0 });
  expect((await stave("legal-hold", "get", target, "--json")).json()).toEqual({ legalHold: false });
});

describe("share makes a line for curl that works as it is printed", () => {
  const shell = (line: string) => run("/bin/sh", ["-c", line], { cwd: home });
  const bash = (line: string) => run("/bin/bash", ["-c", line], { cwd: home });

  test("to download", async () => {
    await put("it's a/../b +%2F.txt", "shared");
    const { code, stdout, stderr } = await stave(
      "share",
      `s3://${bucket}/it's a/../b +%2F.txt`,
      "--file-name",
      "ä.txt",
    );

    expect(code).toBe(0);
    expect(stdout).toMatch(/^http:\/\/\S+\n$/);
    await shell(lines(stderr)[0] ?? "");
    expect(await readFile(join(home, "b +%2F.txt"), "utf8")).toBe("shared");
  });

  test("to upload, with the type that was said", async () => {
    await writeFile(join(home, "FILE"), "uploaded");
    const shared = await stave(
      "share",
      `s3://${bucket}/new`,
      "--method",
      "put",
      "--content-type",
      "text/plain",
      "--json",
    );

    await shell(shared.json().curl);
    expect((await stave("stat", `s3://${bucket}/new`, "--json")).json()).toMatchObject({ contentType: "text/plain" });
  });

  test("to upload by a form, up to a size", async () => {
    await writeFile(join(home, "FILE"), "by a form");
    const key = "form\n\u001b[2J";
    const { stdout } = await stave("share", `s3://${bucket}/${key}`, "--method", "post", "--max-size", "20");

    expect(lines(stdout)).toHaveLength(1);
    expect(stdout).not.toContain("\u001b");
    await bash(stdout);
    expect(await keys()).toEqual([key]);
    await writeFile(join(home, "FILE"), "more than twenty bytes of it");
    await expect(bash(stdout)).rejects.toMatchObject({ code: 22 });
  });

  test("and refuses what makes no sense", async () => {
    expect(await stave("share", `s3://${bucket}/a`, "--expires", "8d")).toMatchObject({ code: 2 });
    expect(await stave("share", `s3://${bucket}/a`, "--max-size", "1")).toMatchObject({ code: 2 });
    expect(await stave("share", `s3://${bucket}`)).toMatchObject({ code: 2 });
  });
});
