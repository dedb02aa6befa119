import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createBucket } from "../src/s3/operations/bucket.ts";
import { getObject } from "../src/s3/operations/get-object.ts";
import { listMultipartUploads, listParts } from "../src/s3/operations/multipart-upload.ts";
import { putObject } from "../src/s3/operations/put-object.ts";
import { createS3Client, type S3Client } from "../src/s3/s3-client.ts";
import { type FaultyProxy, startFaultyProxy } from "./support/faulty-proxy.ts";
import { runStave, startStave } from "./support/run-stave.ts";

const mib = 1024 ** 2;
const sizeBytes = 44 * mib + 123;
const partCount = 6;
const content = randomBytes(sizeBytes);

// Each starts several processes one after the other.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let gateway: TestGateway;
let client: S3Client;
let proxy: FaultyProxy;
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
  proxy = await startFaultyProxy(gateway.port);
  bucket = `faults-${++buckets}`;
  await createBucket(client, { bucket });
  return async () => {
    await proxy.close();
    await rm(home, { recursive: true });
  };
});

const options = () => ({
  cwd: home,
  env: {
    HOME: home,
    AWS_ACCESS_KEY_ID: ann.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ann.secretAccessKey,
    AWS_ENDPOINT_URL_S3: proxy.url,
  },
});
const stave = (...args: string[]) => runStave(args, options());

const uploads = async () => {
  const found = [];
  for await (const upload of listMultipartUploads(client, { bucket })) found.push(upload);
  return found;
};

const stored = async (key: string) => {
  const { body } = await getObject(client, { bucket, key });
  return Buffer.from(await body.arrayBuffer());
};

const uploadedPart = /^PUT .*partNumber=/;
const ranged = (url: string) => url.includes("/big");

describe.each(["SIGINT", "SIGKILL"] as const)("after %s in the middle", (signal) => {
  test("an upload goes on with the parts that it has stored", async () => {
    await writeFile(join(home, "big"), content);
    let parts = 0;
    proxy.fateOf = ({ url = "" }) => (url.includes("partNumber=") && ++parts > 3 ? "hold" : "pass");
    const running = startStave(["cp", "big", `s3://${bucket}/big`], options());
    await proxy.passes(uploadedPart, 3);
    const [upload] = await uploads();
    await expect
      .poll(async () => (await stave("transfers", "list", "--json")).json()[0]?.doneBytes, { timeout: 10_000 })
      .toBe(3 * 8 * mib);
    running.child.kill(signal);
    const { code, stderr } = await running.ended;

    if (signal === "SIGINT") {
      expect(code).toBe(130);
      expect(stderr).toContain("big: 3 of 6 parts are stored. The same command goes on with it");
    }
    expect(await listParts(client, { bucket, key: "big", uploadId: upload?.uploadId ?? "" })).toHaveLength(3);
    await expect(stored("big")).rejects.toMatchObject({ serverCode: "NoSuchKey" });
    proxy.fateOf = () => "pass";
    expect(await stave("cp", "big", `s3://${bucket}/big`)).toMatchObject({ code: 0 });
    expect(proxy.passed.filter((line) => uploadedPart.test(line))).toHaveLength(partCount);
    expect((await stored("big")).equals(content)).toBe(true);
    expect(await uploads()).toEqual([]);
    expect((await stave("transfers", "list", "--json")).json()).toEqual([]);
  });

  test("a download goes on with the parts that are there, and no half file has its name", async () => {
    await putObject(client, { bucket, key: "big", body: content });
    let parts = 0;
    proxy.fateOf = ({ method, headers }) => (method === "GET" && headers.range && ++parts > 3 ? "hold" : "pass");
    const running = startStave(["cp", `s3://${bucket}/big`, "copy"], options());
    await expect
      .poll(async () => (await stave("transfers", "list", "--json")).json()[0]?.doneBytes, { timeout: 10_000 })
      .toBe(3 * 8 * mib);
    running.child.kill(signal);
    const { code } = await running.ended;

    if (signal === "SIGINT") expect(code).toBe(130);
    expect(await readdir(home)).not.toContain("copy");
    const before = proxy.passed.filter(ranged).length;
    proxy.fateOf = () => "pass";
    expect(await stave("cp", `s3://${bucket}/big`, "copy")).toMatchObject({ code: 0 });
    // One HEAD, and the three that were missing.
    expect(proxy.passed.filter(ranged).length - before).toBe(4);
    expect((await readFile(join(home, "copy"))).equals(content)).toBe(true);
    expect((await readdir(home)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

test("with --no-resume an interrupted upload is called off", async () => {
  await writeFile(join(home, "big"), content);
  let parts = 0;
  proxy.fateOf = ({ url = "" }) => (url.includes("partNumber=") && ++parts > 2 ? "hold" : "pass");
  const running = startStave(["cp", "--no-resume", "big", `s3://${bucket}/big`], options());
  await proxy.passes(uploadedPart, 2);
  running.child.kill("SIGINT");

  expect((await running.ended).code).toBe(130);
  expect(await uploads()).toEqual([]);
});

test("a stream that is interrupted leaves no upload", async () => {
  let parts = 0;
  proxy.fateOf = ({ url = "" }) => (url.includes("partNumber=") && ++parts > 1 ? "hold" : "pass");
  const running = startStave(["pipe", `s3://${bucket}/big`], { ...options(), stdin: content.toString("latin1") });
  await proxy.passes(uploadedPart, 1);
  running.child.kill("SIGINT");

  expect((await running.ended).code).toBe(130);
  expect(await uploads()).toEqual([]);
});

test("what was interrupted is called off by stave transfers clear", async () => {
  await writeFile(join(home, "big"), content);
  let parts = 0;
  proxy.fateOf = ({ url = "" }) => (url.includes("partNumber=") && ++parts > 2 ? "hold" : "pass");
  const running = startStave(["cp", "big", `s3://${bucket}/big`], options());
  await proxy.passes(uploadedPart, 2);
  running.child.kill("SIGKILL");
  await running.ended;
  proxy.fateOf = () => "pass";
  expect(await uploads()).toHaveLength(1);

  expect((await stave("transfers", "clear", "--json")).json()).toEqual({ cleared: 1, left: 0 });
  expect(await uploads()).toEqual([]);
});

test("a file that is another one by now is not continued with the parts of the old one", async () => {
  await writeFile(join(home, "big"), content);
  let parts = 0;
  proxy.fateOf = ({ url = "" }) => (url.includes("partNumber=") && ++parts > 2 ? "hold" : "pass");
  const running = startStave(["cp", "big", `s3://${bucket}/big`], options());
  await proxy.passes(uploadedPart, 2);
  running.child.kill("SIGKILL");
  await running.ended;
  const other = randomBytes(sizeBytes);
  await writeFile(join(home, "big"), other);
  proxy.fateOf = () => "pass";

  expect(await stave("cp", "big", `s3://${bucket}/big`)).toMatchObject({ code: 0 });
  expect((await stored("big")).equals(other)).toBe(true);
  expect(await uploads()).toEqual([]);
});

test("connections that break, and a server that is busy, cost time and nothing else", async () => {
  await writeFile(join(home, "big"), content);
  let requests = 0;
  proxy.fateOf = () => {
    requests += 1;
    if (requests % 4 === 0) return "cut";
    return requests % 7 === 0 ? { status: 503 } : "pass";
  };

  expect(await stave("cp", "big", `s3://${bucket}/big`)).toMatchObject({ code: 0 });
  let answers = 0;
  proxy.fateOf = ({ method }) => (method === "GET" && ++answers % 3 === 0 ? "cut-answer" : "pass");
  expect(await stave("cp", `s3://${bucket}/big`, "copy")).toMatchObject({ code: 0 });
  expect((await readFile(join(home, "copy"))).equals(content)).toBe(true);
  const { code, stdout } = await stave("cat", `s3://${bucket}/big`);
  expect(code).toBe(0);
  expect(stdout === content.toString("utf8")).toBe(true);
});

describe("bytes that were changed on the way", () => {
  test("are no file", async () => {
    await putObject(client, { bucket, key: "small", body: "right" });
    await putObject(client, { bucket, key: "big", body: content });
    proxy.fateOf = ({ method }) => (method === "GET" ? "damage" : "pass");

    for (const key of ["small", "big"]) {
      const { code, stderr } = await stave("cp", `s3://${bucket}/${key}`, "copy");
      expect(code).toBe(1);
      expect(stderr).toContain("what arrived is not what the server has a checksum of");
      expect((await readdir(home)).filter((name) => name !== ".stave")).toEqual([]);
    }
  });

  test("are told after they were written to stdout", async () => {
    await putObject(client, { bucket, key: "small", body: "right" });
    proxy.fateOf = ({ method }) => (method === "GET" ? "damage" : "pass");

    expect(await stave("cat", `s3://${bucket}/small`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not to be trusted"),
    });
  });
});

test("an object that is replaced while it is read is no file", async () => {
  await putObject(client, { bucket, key: "big", body: content });
  let parts = 0;
  proxy.fateOf = ({ headers }) => {
    if (headers.range === undefined) return "pass";
    parts += 1;
    return parts > 1 ? "hold" : "pass";
  };
  const running = startStave(["cp", `s3://${bucket}/big`, "copy"], options());
  await proxy.passes(/^GET .*\/big/, 1);
  running.child.kill("SIGKILL");
  await running.ended;
  await putObject(client, { bucket, key: "big", body: Buffer.alloc(sizeBytes, 7) });
  proxy.fateOf = () => "pass";

  expect(await stave("cp", `s3://${bucket}/big`, "copy")).toMatchObject({ code: 0 });
  expect((await readFile(join(home, "copy"))).equals(Buffer.alloc(sizeBytes, 7))).toBe(true);
});

test("a mirror with an object that fails does the others, names it, removes nothing, and exits with 1", async () => {
  await mkdir(join(home, "site"));
  for (const name of ["a", "b", "c"]) await writeFile(join(home, "site", name), name);
  await putObject(client, { bucket, key: "only here", body: "1" });
  proxy.fateOf = ({ method, url = "" }) => (method === "PUT" && url.endsWith("/b") ? { status: 403 } : "pass");

  const { code, stdout, stderr } = await stave("mirror", "site", `s3://${bucket}`, "--delete", "--yes", "--json");
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(code).toBe(1);
  expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({ title: "1 object failed." });
  expect(lines).toContainEqual(
    expect.objectContaining({
      status: "failed",
      source: "site/b",
      error: expect.objectContaining({ code: "AccessDenied" }),
    }),
  );
  expect(lines.at(-1)).toMatchObject({ status: "summary", copied: 2, failed: 1, removed: 0 });
  expect((await stored("only here")).toString()).toBe("1");
});

test("a list that breaks off removes nothing", async () => {
  await mkdir(join(home, "copy"));
  await writeFile(join(home, "copy", "only here"), "1");
  await putObject(client, { bucket, key: "a", body: "1" });
  proxy.fateOf = ({ url = "" }) => (url.includes("list-type") ? { status: 403 } : "pass");

  expect(await stave("mirror", `s3://${bucket}`, "copy", "--delete", "--yes")).toMatchObject({ code: 4 });
  expect(await readdir(join(home, "copy"))).toEqual(["only here"]);
});
