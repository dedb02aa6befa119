import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { lockDataDirectory } from "@stave/object-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logTroubles } from "./support/log-troubles.ts";
import { createS3Client } from "./support/s3-client.ts";
import { ann, gatewayMain, startGateway, type TestGateway } from "./support/start-gateway.ts";

let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-lifecycle-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const bucket = "photos";
const shortDay = ["--dangerous-lifecycle-day-seconds", "1"];
const all = { Status: "Enabled", Filter: {} } as const;

function client({ endpoint }: TestGateway): S3Client {
  const credentials = { accessKeyId: ann.accessKeyId, secretAccessKey: ann.secretAccessKey };
  return new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials, maxAttempts: 1 });
}

async function setUp(s3: S3Client, rules: LifecycleRule[], versioning?: "Enabled"): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  if (versioning !== undefined) {
    const VersioningConfiguration = { Status: versioning };
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  }
  await setRules(s3, rules);
}

async function setRules(s3: S3Client, Rules: LifecycleRule[]): Promise<void> {
  const LifecycleConfiguration = { Rules };
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }));
}

async function put(s3: S3Client, keys: readonly string[]): Promise<void> {
  const waiting = [...keys];
  const write = async (): Promise<void> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: `bytes of ${key}` }));
    }
  };
  await Promise.all(Array.from({ length: 16 }, write));
}

/** `key` of versions, `key!` of delete markers. */
async function list(s3: S3Client): Promise<readonly string[]> {
  const names: string[] = [];
  let marker = {};
  for (let isTruncated = true; isTruncated; ) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, ...marker }));
    names.push(...(page.Versions ?? []).map(({ Key }) => `${Key}`));
    names.push(...(page.DeleteMarkers ?? []).map(({ Key }) => `${Key}!`));
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    isTruncated = page.IsTruncated ?? false;
  }
  return names.toSorted();
}

async function readMetrics(gateway: TestGateway): Promise<string> {
  const admin = /"admin":"(http:[^"]+)"/.exec(gateway.log())?.[1] ?? "";
  return await (await fetch(`${admin}/metrics`)).text();
}

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function run(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [gatewayMain, ...args], { timeout: 20_000 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** When everything with a rule of one day, written now, is due. */
function inThreeDays(): string {
  return new Date(Date.now() + 3 * 24 * 60 * 60 * 1000).toISOString();
}

function lines(outcome: Outcome): readonly Record<string, unknown>[] {
  return outcome.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("a running server deletes what is due, with a day of a second, and nothing else", {
  timeout: 60_000,
}, async () => {
  const gateway = await startGateway({ args: shortDay });
  try {
    const s3 = client(gateway);
    await setUp(
      s3,
      [
        { ...all, ID: "logs", Filter: { Prefix: "logs/" }, Expiration: { Days: 1 } },
        { ...all, ID: "late", Expiration: { Days: 10_000 } },
        { ...all, ID: "versions", NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
        { ...all, ID: "markers", Expiration: { ExpiredObjectDeleteMarker: true } },
        { ...all, ID: "uploads", Filter: { Prefix: "up" }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      ],
      "Enabled",
    );
    const uploads = [];
    for (const Key of ["up", "other"]) {
      uploads.push(await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key })));
    }
    await put(s3, ["keep", "logs/a", "logs/b"]);
    await put(s3, ["keep"]);

    await expect.poll(() => list(s3), { timeout: 15_000 }).toEqual(["keep"]);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "keep" }));
    expect(await Body?.transformToString()).toBe("bytes of keep");
    const left = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(left.Uploads?.map(({ Key }) => Key)).toEqual(["other"]);
    expect(uploads[0]?.AbortRuleId).toBe("uploads");
    await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: "other", UploadId: uploads[1]?.UploadId }));

    const metrics = await readMetrics(gateway);
    expect(metrics).toMatch(/^stave_lifecycle_actions_total\{action="add-delete-marker"\} 2$/m);
    expect(metrics).toMatch(/^stave_lifecycle_actions_total\{action="abort-upload"\} 1$/m);
    expect(metrics).toMatch(/^stave_lifecycle_errors_total 0$/m);
    expect(metrics).toMatch(/^stave_lifecycle_last_run_timestamp_seconds 1[\d.e+]+$/m);
    expect(gateway.log()).toContain('"msg":"carried out lifecycle rules"');
    // The only thing to look at is what was asked for.
    expect(logTroubles(gateway.log())).toEqual([expect.stringContaining("days of lifecycle rules are shortened")]);
  } finally {
    await gateway.stop();
  }
});

test("killed with -9 in the middle of a run, it goes on: nothing is done twice, nothing is deleted that is not due", {
  timeout: 180_000,
  retry: 3, // whether a kill comes in the middle of a run is chance: on a busy machine all may be over before we see the first
}, async () => {
  const dataDirectory = await mkdtemp(join(scratch, "killed-"));
  const due = Array.from({ length: 5000 }, (_, at) => `due/${at}`);
  const kept = Array.from({ length: 200 }, (_, at) => `kept/${at}`);
  const first = await startGateway({ dataDirectory });
  await setUp(
    client(first),
    [
      { ...all, ID: "due", Filter: { Prefix: "due/" }, Expiration: { Days: 1 } },
      { ...all, ID: "kept", Filter: { Prefix: "kept/" }, Expiration: { Days: 10_000 } },
    ],
    "Enabled",
  );
  await put(client(first), [...due, ...kept]);
  const args = ["lifecycle", "--dry-run", "--json", "--data-dir", dataDirectory, "--at", inThreeDays()];
  const planned = lines(await run(args));
  await first.stop();

  // They go in the order of their names. One question for one of them is quick: a listing may be over after all of it.
  const inOrder = due.toSorted();
  let killsInTheMiddle = 0;
  let gateway = await startGateway({ dataDirectory, args: shortDay });
  for (const at of [100, 400]) {
    await expect.poll(() => isGone(gateway, inOrder[at]), { timeout: 30_000, interval: 1 }).toBe(true);
    const isOver = await isGone(gateway, inOrder.at(-1));
    await gateway.kill();
    if (!isOver) killsInTheMiddle += 1;
    gateway = await startGateway({ dataDirectory, args: shortDay });
  }
  try {
    expect(killsInTheMiddle).toBeGreaterThan(0);
    await expect.poll(() => countMarkers(gateway), { timeout: 30_000 }).toBe(due.length);
    const runs = () => gateway.log().split("carried out lifecycle rules").length;
    const expected = [...due, ...due.map((key) => `${key}!`), ...kept].toSorted();
    expect(await list(client(gateway))).toEqual(expected);
    expect(planned.at(-1)).toEqual({ total: due.length });
    expect(planned.slice(0, -1).map(({ key }) => key)).toEqual(due.toSorted());
    // One more run finds nothing to do.
    const before = runs();
    const last = /^stave_lifecycle_last_run_timestamp_seconds (\S+)$/m;
    const lastRun = async () => Number(last.exec(await readMetrics(gateway))?.[1]);
    const ended = await lastRun();
    await expect.poll(lastRun, { timeout: 10_000 }).toBeGreaterThan(ended);
    expect(runs()).toBe(before);
    expect(await list(client(gateway))).toEqual(expected);
  } finally {
    await gateway.stop();
  }

  async function isGone(running: TestGateway, key: string | undefined): Promise<boolean> {
    const { status } = await createS3Client(running).call({ method: "HEAD", path: `/${bucket}/${key}` });
    return status === 404;
  }

  async function countMarkers(running: TestGateway): Promise<number> {
    return (await list(client(running))).filter((name) => name.endsWith("!")).length;
  }
});

test("a dry run names what will go, on a server that runs and on a directory that nobody uses, and it goes", {
  timeout: 120_000,
}, async () => {
  const dataDirectory = join(scratch, "planned");
  const first = await startGateway({ dataDirectory });
  const s3 = client(first);
  const args = ["lifecycle", "--dry-run", "--data-dir", dataDirectory];
  await setUp(s3, [{ ...all, ID: "logs", Filter: { Prefix: "logs/" }, Expiration: { Days: 1 } }]);
  await put(s3, ["keep", "logs/a", "logs/b\u001b[2J"]);
  await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: "u" }));
  const later = inThreeDays();

  const now = await run(args);
  const json = await run([...args, "--at", later, "--json"]);
  const text = await run([...args, "--at", later.slice(0, 10)]);
  expect([now.code, now.stdout, now.stderr]).toEqual([0, "0 to be done\n", ""]);
  const expected = ["logs/a", "logs/b\u001b[2J"].map((key) => ({
    bucket,
    key,
    action: "delete-object",
    versionId: "null",
    ruleId: "logs",
    sizeBytes: `bytes of ${key}`.length,
    dueAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T00:00:00.000Z$/),
  }));
  expect(lines(json)).toEqual([...expected, { total: 2 }]);
  expect(text.stdout).toMatch(/^delete-object {2}photos\/logs\/a {2}version null {2}rule logs {2}since .*Z\n/);
  expect(text.stdout).toContain("photos/logs/b\\u{1b}[2J ");

  const rules = join(scratch, "rules.xml");
  const abort =
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
  const rule = `<Rule><ID>new</ID><Status>Enabled</Status><Filter/>${abort}</Rule>`;
  await writeFile(rules, `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`);
  const candidate = ["--rules", rules, "--bucket", bucket, "--at", later, "--json"];
  const uploads = [expect.objectContaining({ action: "abort-upload", key: "u", ruleId: "new" }), { total: 1 }];
  expect(lines(await run([...args, ...candidate]))).toEqual(uploads);
  await first.stop();

  expect(lines(await run([...args, "--at", later, "--json"]))).toEqual([...expected, { total: 2 }]);
  expect(lines(await run([...args, ...candidate]))).toEqual(uploads);

  const second = await startGateway({ dataDirectory, args: shortDay });
  try {
    await expect.poll(() => list(client(second)), { timeout: 10_000 }).toEqual(["keep"]);
  } finally {
    await second.stop();
  }
});

test("a dry run that cannot be done is refused in one line", { timeout: 120_000 }, async () => {
  const dataDirectory = join(scratch, "refused");
  const gateway = await startGateway({ dataDirectory });
  const args = ["lifecycle", "--data-dir", dataDirectory];
  const bad = join(scratch, "bad.xml");
  await writeFile(bad, "<LifecycleConfiguration><Rule/></LifecycleConfiguration>");
  try {
    await client(gateway).send(new CreateBucketCommand({ Bucket: bucket }));
    for (const [more, reason] of [
      [[], /--dry-run/],
      [["--dry-run", "--bucket", "missing"], /bucket does not exist/],
      [["--dry-run", "--at", "soon"], /Expected a date/],
      [["--dry-run", "--rules", bad], /--bucket/],
      [["--dry-run", "--rules", bad, "--bucket", bucket], /Expected Rule/],
    ] as const) {
      const { code, stdout, stderr } = await run([...args, ...more]);
      expect([more, code, stdout]).toEqual([more, 2, ""]);
      expect(stderr).toMatch(reason);
      expect(stderr).toMatch(/^[^\n]*\n$/);
    }
  } finally {
    await gateway.stop();
  }
  const stopped = await run([...args, "--dry-run", "--bucket", "missing"]);
  expect(stopped).toMatchObject({ code: 2, stdout: "" });
  expect(stopped.stderr).toMatch(/^[^\n]*bucket does not exist[^\n]*\n$/);
  const absent = await run(["lifecycle", "--dry-run", "--data-dir", join(scratch, "absent")]);
  expect(absent).toMatchObject({ code: 1, stdout: "" });
});

test("a dry run beside a command, after a server was killed, says that the directory is in use", {
  timeout: 60_000,
}, async () => {
  const dataDirectory = join(scratch, "stale");
  const gateway = await startGateway({ dataDirectory, workers: 1 });
  await gateway.kill();
  const lock = await lockDataDirectory(dataDirectory);

  const { code, stdout, stderr } = await run(["lifecycle", "--dry-run", "--data-dir", dataDirectory]);
  await lock.release();

  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^stave-gateway: Another process uses .*\n$/);
});

test("the plan is shown only to who can read the data directory", { timeout: 60_000 }, async () => {
  const gateway = await startGateway({ workers: 1 });
  try {
    const admin = /"admin":"(http:[^"]+)"/.exec(gateway.log())?.[1] ?? "";
    const answer = await fetch(`${admin}/lifecycle/plan`);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("admin.json")]);
    const plan = await run(["lifecycle", "--dry-run", "--data-dir", gateway.dataDirectory]);
    expect(plan).toMatchObject({ code: 0, stdout: "0 to be done\n" });
  } finally {
    await gateway.stop();
  }
});

test("a delete marker that a user has made is left alone while something is below it", {
  timeout: 60_000,
}, async () => {
  const gateway = await startGateway({ args: shortDay });
  try {
    const s3 = client(gateway);
    await setUp(
      s3,
      [{ ...all, Filter: { Prefix: "gone" }, Expiration: { ExpiredObjectDeleteMarker: true } }],
      "Enabled",
    );
    await put(s3, ["gone"]);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "gone" }));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "gone-lone" }));

    await expect.poll(() => list(s3), { timeout: 10_000 }).toEqual(["gone", "gone!"]);
  } finally {
    await gateway.stop();
  }
});
