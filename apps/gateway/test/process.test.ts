import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { AccessKeyPair } from "@stave/credential-vault";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createS3Client, objectPath } from "./support/s3-client.ts";
import { ann, gatewayMain, startGateway, type TestGateway } from "./support/start-gateway.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-process-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the gateway until it ends by itself. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 20_000, cwd: scratch };
    const child = execFile(process.execPath, [gatewayMain, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

function client(gateway: TestGateway, { accessKeyId, secretAccessKey }: AccessKeyPair = ann): S3Client {
  return new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}

/** One line for the operator, and no stack trace. */
function expectOneLine({ stderr }: Outcome, pattern: RegExp): void {
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(pattern);
}

describe("wrong use ends with exit code 2 and one line", () => {
  test.each([
    [["--no-such-flag"], /unknown option '--no-such-flag'/],
    [["--port", "70000"], /--port.*0 to 65535/],
    [["--port", "eighty"], /--port/],
    [["--workers", "0"], /--workers/],
    [["--region", "US EAST"], /--region/],
    [["--log-level", "loud"], /--log-level/],
    [["--users", "no-such-file.json"], /no-such-file\.json/],
    [["surplus"], /too many arguments/],
  ])("%j", async (args, pattern) => {
    const outcome = await run([...args, "--data-dir", join(scratch, "unused")]);

    expect(outcome.code).toBe(2);
    expectOneLine(outcome, pattern);
  });

  test("a bad environment variable is named", async () => {
    const outcome = await run(["--data-dir", join(scratch, "unused")], { STAVE_PORT: "x" });

    expect(outcome.code).toBe(2);
    expectOneLine(outcome, /STAVE_PORT/);
  });
});

describe("what cannot be had ends with exit code 1 and one line", () => {
  test.each([1, 2])("a port in use, with %i workers", async (workers) => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;

    const directory = join(scratch, `port-${workers}`);
    const outcome = await run(["--port", String(port), "--workers", String(workers), "--data-dir", directory]);
    other.close();

    expect(outcome.code).toBe(1);
    expectOneLine(outcome, new RegExp(`${port}.*--port`));
  });

  test("a second engine on the same data directory", async () => {
    const gateway = await startGateway();

    const outcome = await run(["--port", "0", "--data-dir", gateway.dataDirectory]);
    await gateway.stop();

    expect(outcome.code).toBe(1);
    expectOneLine(outcome, /in use|another/i);
  });

  test("a data directory that is a file", async () => {
    const file = join(scratch, "a-file");
    await writeFile(file, "");

    const outcome = await run(["--port", "0", "--data-dir", file]);

    expect(outcome.code).toBe(1);
    expectOneLine(outcome, /a-file/);
  });

  test("a data directory with somebody else's files", async () => {
    const directory = join(scratch, "foreign");
    await mkdir(directory);
    await writeFile(join(directory, "thesis.doc"), "");

    const outcome = await run(["--port", "0", "--data-dir", directory]);

    expect(outcome.code).toBe(1);
    expectOneLine(outcome, /foreign/);
  });

  test("a data directory of a newer version", async () => {
    const directory = join(scratch, "newer");
    await mkdir(directory);
    await writeFile(join(directory, "format.json"), '{"format":999}');

    const outcome = await run(["--port", "0", "--data-dir", directory]);

    expect(outcome.code).toBe(1);
    expectOneLine(outcome, /999/);
  });
});

describe("the first start", () => {
  test("makes a random key that is shown once, and the second start keeps it", { timeout: 20_000 }, async () => {
    const directory = join(scratch, "fresh");
    const start = () => startGateway({ dataDirectory: directory, users: "generated", args: ["--welcome"] });

    const first = await start();
    const [, accessKeyId = ""] = /access key +(\S+)/.exec(first.output()) ?? [];
    const [, secretAccessKey = ""] = /secret key +(\S+)/.exec(first.output()) ?? [];
    await first.stop();
    const second = await start();
    const s3 = client(second, { accessKeyId, secretAccessKey });
    expect((await s3.send(new ListBucketsCommand({}))).Owner?.DisplayName).toBe("root");
    await second.stop();

    for (const file of ["control.sqlite", "encryption_key"]) {
      expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(first.output()).toContain(`aws --endpoint-url ${first.endpoint} s3 mb`);
    expect(first.output()).toContain("us-east-1");
    expect(first.output()).toContain("import boto3");
    expect(first.output()).toContain("@aws-sdk/client-s3");
    expect(second.output()).toContain("stave-gateway keys list");
    expect(second.output()).not.toContain(secretAccessKey);
    expect(first.log() + second.log()).not.toContain(secretAccessKey);
  });

  test("security S11: two installations have no secret in common", { timeout: 30_000 }, async () => {
    const secretsOf = async (name: string) => {
      const directory = join(scratch, name);
      const gateway = await startGateway({ dataDirectory: directory, users: "generated", args: ["--welcome"] });
      const [, accessKeyId = ""] = /access key +(\S+)/.exec(gateway.output()) ?? [];
      const [, secretAccessKey = ""] = /secret key +(\S+)/.exec(gateway.output()) ?? [];
      await gateway.stop();
      const key = await readFile(join(directory, "encryption_key"), "latin1");
      return [accessKeyId, secretAccessKey, key];
    };

    const one = await secretsOf("install-one");
    const other = await secretsOf("install-two");

    expect(one.every((text) => text.length >= 20)).toBe(true);
    expect(one.filter((text) => other.includes(text))).toEqual([]);
  });

  test("security S22: whatever a key is, nothing is written beside the data directory", {
    timeout: 20_000,
  }, async () => {
    const directory = join(scratch, "within", "data");
    const gateway = await startGateway({ dataDirectory: directory });
    const beside = async () => (await readdir(join(scratch, "within"))).concat(await readdir(scratch)).sort();
    const s3 = createS3Client(gateway);
    await s3.call({ method: "PUT", path: "/paths" });
    const before = await beside();
    const keys = ["../x", "..%2f", "a/../../b", "\0", "a\0b", "k".repeat(1024), "/etc/stave-test", "C:\\x", "~/x", "."];

    for (const key of keys) {
      const put = await s3.call({ method: "PUT", path: objectPath("paths", key), body: key });
      // What is not stored under its own name is not stored at all.
      expect([200, 400]).toContain(put.status);
      const got = await s3.call({ path: objectPath("paths", key) });
      expect(got.status === 200 ? got.text : put.status).toBe(put.status === 200 ? key : 400);
    }
    await gateway.stop();

    expect(await beside()).toEqual(before);
    expect(existsSync("/etc/stave-test")).toBe(false);
  });

  test("refuses to make new keys for buckets that others own", async () => {
    const directory = join(scratch, "orphaned");
    const gateway = await startGateway({ dataDirectory: directory });
    await client(gateway).send(new CreateBucketCommand({ Bucket: "photos" }));
    await gateway.stop();
    await rm(join(directory, "control.sqlite"));

    const outcome = await run(["--port", "0", "--data-dir", directory]);

    expect(outcome.code).toBe(2);
    expectOneLine(outcome, /control\.sqlite is missing.*--users/);
  });
});

describe("stopping", () => {
  test.each([1, 2])("lets requests finish and exits with 0, with %i workers", async (workers) => {
    const gateway = await startGateway({ workers });
    const s3 = client(gateway);
    await s3.send(new CreateBucketCommand({ Bucket: "photos" }));
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket: "photos", Key: "slow" }));
    const upload = request(url, { method: "PUT", headers: { "content-length": 3, expect: "100-continue" } });
    upload.flushHeaders();

    await once(upload, "continue");
    upload.write("ab");
    const stopped = gateway.stop();
    await expect.poll(() => gateway.log()).toContain('"msg":"stopping"');
    upload.end("c");
    const [answer] = await once(upload, "response");

    expect(answer.statusCode).toBe(200);
    expect(await stopped).toBe(0);
  });
});

describe("running", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ args: ["--log-level", "debug"] });
  });
  afterAll(() => gateway.stop());

  test("answers health and metrics on the admin port, and counts what all workers did", async () => {
    const admin = /"admin":"(http:[^"]+)"/.exec(gateway.log())?.[1] ?? "";
    await client(gateway).send(new CreateBucketCommand({ Bucket: "counted" }));
    await fetch(gateway.endpoint);

    expect(await (await fetch(`${admin}/livez`)).text()).toBe("ok\n");
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toMatch(/stave_requests_total\{operation="CreateBucket",status="200"\} 1/);
    expect(metrics).toMatch(/stave_request_failures_total\{code="AccessDenied"\} 1/);
    expect(metrics).toContain("stave_request_duration_seconds_bucket");
  });

  test("security S37: the S3 port has no health, metrics or debug pages", async () => {
    for (const path of ["/metrics", "/livez", "/readyz", "/debug", "/minio/health/live"]) {
      const answer = await fetch(gateway.endpoint + path);

      expect([403, 404]).toContain(answer.status);
      expect(await answer.text()).toContain("<Error>");
    }
  });

  test("security S30: no secret and no signature is logged, whatever a request carries", async () => {
    const canary = "CANARY-0123456789";
    await fetch(`${gateway.endpoint}/photos?X-Amz-Signature=${canary}&X-Amz-Security-Token=${canary}`, {
      headers: { authorization: `AWS4-HMAC-SHA256 ${canary}`, "x-amz-security-token": canary, cookie: canary },
    });
    await client(gateway).send(new CreateBucketCommand({ Bucket: "logged" }));

    await expect.poll(() => gateway.log()).toContain('"operation":"CreateBucket"');
    expect(gateway.log()).not.toContain(canary);
    expect(gateway.log()).not.toContain(ann.secretAccessKey);
  });

  test("replaces a worker that dies, and loses nothing that was acknowledged", async () => {
    const s3 = client(gateway);
    await s3.send(new CreateBucketCommand({ Bucket: "survivor" }));
    await s3.send(new PutObjectCommand({ Bucket: "survivor", Key: "k", Body: "v" }));
    const findWorker = () => Number(/"pid":(\d+),"requestId"/.exec(gateway.log())?.[1]);
    await expect.poll(findWorker).not.toBeNaN();
    const worker = findWorker();
    expect(worker).not.toBe(gateway.child.pid);

    process.kill(worker, "SIGKILL");

    const got = await s3.send(new GetObjectCommand({ Bucket: "survivor", Key: "k" }));
    expect(await got.Body?.transformToString()).toBe("v");
    await expect.poll(() => gateway.log(), { timeout: 10_000 }).toContain("a worker died; starting another");
  });
});
