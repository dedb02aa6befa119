import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { startApi } from "../../api/test/support/start-api.ts";
import { findDisks, mountSmallDisk } from "../../gateway/test/support/small-disk.ts";
import { ann, bob, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createBucket } from "../src/s3/operations/bucket.ts";
import { headObject } from "../src/s3/operations/head-object.ts";
import { listObjects } from "../src/s3/operations/list-objects.ts";
import { putObject } from "../src/s3/operations/put-object.ts";
import { getObjectTags } from "../src/s3/operations/tagging.ts";
import { createS3Client, type S3Client } from "../src/s3/s3-client.ts";
import { runStave, startStave } from "./support/run-stave.ts";

// Each starts several processes one after the other.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let gateway: TestGateway;
let client: S3Client;
let home: string;
let bucket: string;
let buckets = 0;

beforeAll(async () => {
  gateway = await startGateway();
  const { accessKeyId, secretAccessKey } = ann;
  client = createS3Client(
    {
      url: gateway.endpoint,
      region: "us-east-1",
      addressing: "path",
      credentials: async () => ({ accessKeyId, secretAccessKey }),
      from: "the test",
    },
    { userAgent: "stave/test", output: { debug: () => {} }, signal: new AbortController().signal },
  );
});

afterAll(async () => {
  await client?.close();
  await gateway?.stop();
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "stave-cli-"));
  bucket = `transfer-${++buckets}`;
  await createBucket(client, { bucket });
  return () => rm(home, { recursive: true });
});

const options = (env: NodeJS.ProcessEnv = {}) => ({
  cwd: home,
  env: {
    HOME: home,
    AWS_ACCESS_KEY_ID: ann.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ann.secretAccessKey,
    AWS_ENDPOINT_URL_S3: gateway.endpoint,
    ...env,
  },
});
const stave = (...args: string[]) => runStave(args, options());
const s3 = (key = "") => `s3://${bucket}/${key}`;

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of listObjects(client, { bucket })) found.push(key);
  return found;
}

async function files(directory: string): Promise<string[]> {
  const found = await readdir(join(home, directory), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(home, directory).length + 1))
    .sort();
}

async function write(names: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(names)) {
    await mkdir(join(home, name, ".."), { recursive: true });
    await writeFile(join(home, name), content);
  }
}

const lines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("cp", () => {
  test("F138: keys come and go as they are", async () => {
    const difficult = ["a b+c%20d", "//double", "x/../y", "ünïcode ✓", "<&>'\"", "%2F", "q?a=b#c", "tab\there", " "];
    await write({ file: "content" });

    for (const key of difficult) {
      expect(await stave("cp", "file", s3(key))).toMatchObject({ code: 0 });
      expect(await stave("cp", s3(key), "copy")).toMatchObject({ code: 0 });
      expect(await readFile(join(home, "copy"), "utf8")).toBe("content");
      expect(await stave("cat", s3(key))).toMatchObject({ code: 0, stdout: "content" });
    }
    expect((await keys()).sort()).toEqual([...difficult].sort());
  });

  test("names the object after the file where no key is given, and the file after the object", async () => {
    await write({ "a.txt": "a", "out/.keep": "" });

    await stave("cp", "a.txt", s3());
    await stave("cp", "a.txt", s3("dir/"));
    await stave("cp", s3("dir/a.txt"), "out");
    expect(await keys()).toEqual(["a.txt", "dir/a.txt"]);
    expect(await files("out")).toEqual([".keep", "a.txt"]);
    expect(await stave("cp", "a.txt", "b.txt")).toMatchObject({ code: 2 });
  });

  test("takes settings, and the type from the name", async () => {
    await write({ "page.html": "<p>" });
    await stave("cp", "page.html", s3(), "--cache-control", "no-cache", "--metadata", "owner=Ünal", "--tag", "a=b c");

    expect(await headObject(client, { bucket, key: "page.html" })).toMatchObject({
      contentType: "text/html",
      stored: { "cache-control": "no-cache" },
      metadata: { owner: "Ünal" },
    });
    expect(await getObjectTags(client, { bucket, key: "page.html" })).toEqual({ a: "b c" });
    await stave("cp", s3("page.html"), s3("copy"), "--content-type", "text/plain");
    expect(await headObject(client, { bucket, key: "copy" })).toMatchObject({
      contentType: "text/plain",
      stored: { "cache-control": "no-cache" },
      metadata: { owner: "Ünal" },
    });
    expect(await getObjectTags(client, { bucket, key: "copy" })).toEqual({ a: "b c" });
  });

  test("--if-none-match leaves what is there", async () => {
    await write({ a: "1" });

    expect(await stave("cp", "--if-none-match", "a", s3("a"))).toMatchObject({ code: 0 });
    expect(await stave("cp", "--if-none-match", "a", s3("a"))).toMatchObject({ code: 6 });
  });

  test("--recursive copies what is in a directory, filtered, and tells what it leaves out", async () => {
    await write({ "site/a.html": "a", "site/d/b.html": "b", "site/d/c.tmp": "c" });
    await symlink("/etc/hostname", join(home, "site", "link"));

    const run = await stave("cp", "-r", "site", s3("web"), "--exclude", "*.tmp");
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("left out link: it is a symbolic link") });
    expect(await keys()).toEqual(["web/a.html", "web/d/b.html"]);
    await stave("cp", "-r", s3("web"), "back", "--include", "d/**");
    expect(await files("back")).toEqual(["d/b.html"]);
    expect(await stave("cp", "site", s3("web"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--recursive"),
    });
  });

  test("--json tells each object in a line, and the sum; --dry-run changes nothing", async () => {
    await write({ "site/a": "1", "site/b": "22" });

    const plan = await stave("cp", "-r", "site", s3(), "--dry-run");
    expect(plan.stdout).toBe(`site/a -> ${s3("a")}\nsite/b -> ${s3("b")}\n`);
    expect(await keys()).toEqual([]);
    const done = lines((await stave("cp", "-r", "site", s3(), "--json")).stdout);
    expect(done.slice(0, 2)).toEqual(
      expect.arrayContaining([{ status: "copied", source: "site/b", target: s3("b"), sizeBytes: 2 }]),
    );
    expect(done.at(-1)).toMatchObject({ status: "summary", copied: 2, failed: 0, sizeBytes: 3 });
  });

  test("what one cannot read, have or write has its own words and code", async () => {
    await write({ a: "1", "d/a": "1" });
    const cases: readonly (readonly [args: readonly string[], code: number, stderr: RegExp])[] = [
      [["cp", "nothing", s3("a")], 5, /nothing: there is no such file/],
      [["cp", s3("nothing"), "b"], 5, /There is no such thing|does not exist/],
      [["cp", "a", "s3://never-was/a"], 5, /\[NoSuchBucket\]/],
      [["cp", s3(""), "b"], 2, /is no single object/],
      [["cp", "a", "wrok:photos/a"], 2, /There is no context "wrok"/],
      [["cp", "-r", s3(), s3("inside")], 2, /inside of the other/],
      [["cp", "a"], 2, /a source and a target/],
      [["mv", s3("a"), s3("a")], 2, /the same object/],
      [["cp", "/dev/null", s3("a")], 1, /no regular file/],
    ];
    for (const [args, code, stderr] of cases) {
      expect(await stave(...args), args.join(" ")).toMatchObject({
        code,
        stdout: "",
        stderr: expect.stringMatching(stderr),
      });
    }
    const away = await runStave(["cp", "a", s3("a")], options({ AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" }));
    expect(away).toMatchObject({ code: 3, stderr: expect.stringContaining("Could not reach http://127.0.0.1:1") });
    const wrong = await runStave(["cp", "a", s3("a")], options({ AWS_SECRET_ACCESS_KEY: "wrong" }));
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringMatching(/next: stave why \S+/) });
    const stranger = { AWS_ACCESS_KEY_ID: bob.accessKeyId, AWS_SECRET_ACCESS_KEY: bob.secretAccessKey };
    expect(await runStave(["cp", "a", s3("a")], options(stranger))).toMatchObject({ code: 4 });
  });

  test("names that no file can have are refused one by one, and nothing is written outside", async () => {
    for (const key of ["../up", "a/../../up", "/absolute", "a//b", "c/./d", "fine", "file", "file/inside"]) {
      await putObject(client, { bucket, key, body: key });
    }
    await mkdir(join(home, "out"));

    const { code, stderr } = await stave("cp", "-r", s3(), "out");
    expect(code).toBe(1);
    for (const name of ["../up", "a/../../up", "/absolute", "a//b", "c/./d"]) expect(stderr).toContain(name);
    expect(stderr).toMatch(/6 objects failed\./);
    expect(await files("out")).toContain("fine");
    expect(await readdir(home)).not.toContain("up");
  });

  test("a link in the target is not followed", async () => {
    await putObject(client, { bucket, key: "link/written", body: "1" });
    await mkdir(join(home, "out"));
    await mkdir(join(home, "elsewhere"));
    await symlink(join(home, "elsewhere"), join(home, "out", "link"));

    const { code, stderr } = await stave("cp", "-r", s3(), "out");
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("is a symbolic link") });
    expect(await files("elsewhere")).toEqual([]);
  });

  test("an object of several parts keeps its checksum from server to server", async () => {
    const other = await startGateway();
    onTestFinished(async () => void (await other.stop()));
    await writeFile(join(home, "big"), Buffer.alloc(20 * 1024 ** 2, "0123456789"));
    const secret = { ...options(), stdin: `${ann.secretAccessKey}\n` };
    const added = [
      "context",
      "add",
      "other",
      "--endpoint",
      other.endpoint,
      "--access-key-id",
      ann.accessKeyId,
      "--secret-stdin",
    ];
    expect(await runStave(added, secret)).toMatchObject({ code: 0 });
    const { url, ...rest } = client.endpoint;
    const otherClient = createS3Client(
      { ...rest, url: other.endpoint },
      { userAgent: "t", output: { debug: () => {} }, signal: new AbortController().signal },
    );
    onTestFinished(() => otherClient.close());
    await createBucket(otherClient, { bucket: "far" });

    expect(await stave("cp", "big", s3("big"), "--metadata", "a=b")).toMatchObject({ code: 0 });
    expect(await stave("cp", s3("big"), "other:far/big")).toMatchObject({ code: 0 });
    const [here, there] = [
      await headObject(client, { bucket, key: "big" }),
      await headObject(otherClient, { bucket: "far", key: "big" }),
    ];
    expect(there).toMatchObject({ sizeBytes: here.sizeBytes, metadata: { a: "b" }, checksums: here.checksums });
    expect(url).not.toBe(other.endpoint);
    expect((await stave("diff", s3(), "other:far")).code).toBe(0);
  });
});

test.skipIf(findDisks().isMissing)("a full disk is told, and leaves nothing behind", async () => {
  await using disk = await mountSmallDisk(8);
  await mkdir(disk.directory);
  await writeFile(join(home, "big"), Buffer.alloc(20 * 1024 ** 2));
  await writeFile(join(home, "small"), Buffer.alloc(9 * 1024 ** 2));
  for (const name of ["big", "small"]) await stave("cp", name, s3(name));

  for (const name of ["big", "small"]) {
    const { code, stderr } = await stave("cp", s3(name), join(disk.directory, name));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("the disk is full") });
    expect(await readdir(disk.directory)).toEqual([]);
  }
});

describe("mv", () => {
  test("removes each source once its copy is stored", async () => {
    await write({ a: "1", "d/b": "2" });

    expect(await stave("mv", "a", s3("x/a"))).toMatchObject({ code: 0 });
    expect(await stave("mv", "-r", "d", s3("x"))).toMatchObject({ code: 0 });
    expect(await stave("mv", s3("x/a"), s3("y/a"))).toMatchObject({ code: 0 });
    expect(await keys()).toEqual(["x/b", "y/a"]);
    expect(await readdir(home)).not.toContain("a");
    expect(await files("d")).toEqual([]);
  });
});

test("pipe stores what comes, also nothing at all", async () => {
  for (const [key, stdin] of [
    ["empty", ""],
    ["text.txt", "line\n"],
    ["long", "x".repeat(17 * 1024 ** 2)],
  ] as const) {
    expect(await runStave(["pipe", s3(key)], { ...options(), stdin })).toMatchObject({ code: 0 });
    expect(await headObject(client, { bucket, key })).toMatchObject({ sizeBytes: stdin.length });
  }
  expect((await headObject(client, { bucket, key: "text.txt" })).contentType).toBe("text/plain");
  expect((await stave("cat", "--range", "1-2", s3("text.txt"))).stdout).toBe("in");
  expect((await stave("cat", s3("text.txt"), s3("text.txt"))).stdout).toBe("line\nline\n");
});

describe("mirror", () => {
  test("copies what is missing or differs, and a second run nothing", async () => {
    await write({ "site/b": "1", "site/b!": "2", "site/dir/c": "2", "site/dir!": "3", "site/dir0": "4" });

    expect(lines((await stave("mirror", "site", s3("web"), "--json")).stdout).at(-1)).toMatchObject({
      copied: 5,
      same: 0,
    });
    expect(lines((await stave("mirror", "site", s3("web"), "--json")).stdout)).toMatchObject([{ copied: 0, same: 5 }]);
    await write({ "site/b": "2" });
    expect((await stave("diff", "site", s3("web"))).stdout).toBe("! b\n");
    expect(lines((await stave("mirror", "site", s3("web"), "--json")).stdout).at(-1)).toMatchObject({
      copied: 1,
      same: 4,
    });
    expect(await stave("diff", "site", s3("web"))).toMatchObject({ code: 0, stdout: "" });
    expect(await stave("mirror", s3("web"), "back")).toMatchObject({ code: 0 });
    expect(await files("back")).toEqual(await files("site"));
    expect(await stave("mirror", s3("web"), s3("again"))).toMatchObject({ code: 0 });
    expect(await stave("diff", s3("web"), s3("again"))).toMatchObject({ code: 0 });
  });

  test("compares objects of several parts by their checksum", async () => {
    await mkdir(join(home, "site"));
    await writeFile(join(home, "site", "big"), Buffer.alloc(20 * 1024 ** 2, "a"));

    await stave("mirror", "site", s3());
    expect(lines((await stave("mirror", "site", s3(), "--json")).stdout)).toMatchObject([{ copied: 0, same: 1 }]);
    await writeFile(join(home, "site", "big"), Buffer.alloc(20 * 1024 ** 2, "b"));
    expect(lines((await stave("mirror", "site", s3(), "--json")).stdout).at(-1)).toMatchObject({ copied: 1 });
  });

  test("--delete says first what would go, and wants a yes", async () => {
    await write({ "site/a": "1" });
    for (const key of ["web/a", "web/old", "web-other"]) await putObject(client, { bucket, key, body: "1" });

    expect(await stave("mirror", "site", s3("web"), "--delete")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes is missing"),
    });
    expect((await stave("mirror", "site", s3("web"), "--delete", "--dry-run")).stdout).toBe(
      `${s3("web/old")} -> removed\n`,
    );
    expect(await keys()).toContain("web/old");
    expect(await stave("mirror", "site", s3("web"), "--delete", "--yes")).toMatchObject({ code: 0 });
    expect(await keys()).toEqual(["web-other", "web/a"]);
    await putObject(client, { bucket, key: "web/new", body: "1" });
    await write({ "copy/old": "1" });
    expect(await stave("mirror", s3("web"), "copy", "--delete", "--yes")).toMatchObject({ code: 0 });
    expect(await files("copy")).toEqual(["a", "new"]);
  });

  test("--delete of everything, because the source is empty, is refused", async () => {
    await mkdir(join(home, "site"));
    await putObject(client, { bucket, key: "a", body: "1" });

    expect(await stave("mirror", "site", s3(), "--delete", "--yes")).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("the source is empty"),
    });
    expect(await keys()).toEqual(["a"]);
  });

  test("a directory that cannot be read fails, and keeps its objects", async () => {
    if (process.getuid?.() === 0) return;
    await write({ "site/a": "1", "site/closed/b": "2" });
    await stave("mirror", "site", s3());
    await chmod(join(home, "site", "closed"), 0);
    onTestFinished(() => chmod(join(home, "site", "closed"), 0o700));

    expect(await stave("mirror", "site", s3(), "--delete", "--yes")).toMatchObject({ code: 1 });
    expect(await keys()).toEqual(["a", "closed/b"]);
  });

  test("--watch goes on with what changes", async () => {
    await write({ "site/a": "1" });
    const running = startStave(["mirror", "site", s3(), "--watch"], options());
    await expect.poll(keys, { timeout: 10_000 }).toEqual(["a"]);
    await expect
      .poll(
        async () => {
          await write({ "site/later/b": String(Math.random()) });
          return await keys();
        },
        { timeout: 10_000, interval: 500 },
      )
      .toEqual(["a", "later/b"]);
    running.child.kill("SIGINT");

    expect((await running.ended).code).toBe(130);
  });
});

test("without keys of its own the service of the Stave is used, with keys that end", async () => {
  const api = await startApi(gateway);
  onTestFinished(async () => void (await api.stop()));
  const env = { HOME: home, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token };
  const service = (...args: string[]) => runStave(args, { cwd: home, env });
  const made = await api.call("/api/storage/buckets", { method: "POST", json: { name: "of-the-service" } });
  expect(made.status).toBeLessThan(300);
  await write({ a: "1" });

  expect(await service("cp", "a", "s3://of-the-service/a")).toMatchObject({ code: 0 });
  expect(await service("cat", "s3://of-the-service/a")).toMatchObject({ code: 0, stdout: "1" });
  expect((await service("cat", "--debug", "s3://of-the-service/a")).stderr).not.toMatch(/secret/i);
  expect(await service("cat", "--service", "nobody", "s3://of-the-service/a")).toMatchObject({ code: 5 });
  expect(await runStave(["cat", "s3://of-the-service/a"], { cwd: home, env: { HOME: home } })).toMatchObject({
    code: 4,
  });
  const { body } = await api.call("/api/audit?limit=20");
  expect(body.data).toContainEqual(expect.objectContaining({ action: "session:create" }));
});
