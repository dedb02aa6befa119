import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Client } from "./support/s3-client.ts";
import { ann, bob, startGateway } from "./support/start-gateway.ts";

let gateway: MemoryGateway;
let s3: S3Client;
let bucket = "";
let target = "";
let buckets = 0;

beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/of-bob", account: bob });
  return () => gateway.close();
});

beforeEach(async () => {
  buckets += 1;
  bucket = `logged-${buckets}`;
  target = `logs-${buckets}`;
  for (const name of [bucket, target]) await s3.call({ method: "PUT", path: `/${name}` });
});

const put = (members: string) =>
  s3.call({
    method: "PUT",
    path: `/${bucket}`,
    query: { logging: "" },
    body: `<BucketLoggingStatus>${members}</BucketLoggingStatus>`,
  });
const get = () => s3.call({ path: `/${bucket}`, query: { logging: "" } });
const enabled = (targetBucket: string, members = "<TargetPrefix>p-</TargetPrefix>") =>
  `<LoggingEnabled><TargetBucket>${targetBucket}</TargetBucket>${members}</LoggingEnabled>`;

/** Lines of all logs in the target bucket. */
async function records(): Promise<readonly string[]> {
  await gateway.accessLog.flush();
  const listed = await s3.call({ path: `/${target}`, query: { prefix: "p-" } });
  const texts = await Promise.all(
    listed.all("Key").map(async (key) => (await s3.call({ path: `/${target}/${key}` })).text),
  );
  return texts
    .join("")
    .split("\n")
    .filter((line) => line !== "");
}

describe("the logging of a bucket", () => {
  test("is read as it was put, until it is turned off", async () => {
    expect(await get()).toMatchObject({ status: 200, code: undefined });
    const format = "<TargetObjectKeyFormat><SimplePrefix/></TargetObjectKeyFormat>";

    expect((await put(enabled(target, `<TargetPrefix>p-</TargetPrefix>${format}`))).status).toBe(200);

    const read = await get();
    expect([read.one("TargetBucket"), read.one("TargetPrefix")]).toEqual([target, "p-"]);
    expect(read.text).toContain("<SimplePrefix></SimplePrefix>");

    expect((await put("")).status).toBe(200);
    expect((await get()).one("LoggingEnabled")).toBeUndefined();
  });

  const grant =
    '<TargetGrants><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>a</ID></Grantee><Permission>READ</Permission></Grant></TargetGrants>';
  test.each([
    ["a target that does not exist", () => enabled("absent-bucket"), 400, "InvalidTargetBucketForLogging"],
    ["somebody else's target", () => enabled("of-bob"), 400, "InvalidTargetBucketForLogging"],
    ["grants", () => enabled(target, `<TargetPrefix/>${grant}`), 501, "NotImplemented"],
    [
      "a prefix that leaves no room for a key",
      () => enabled(target, `<TargetPrefix>${"p".repeat(751)}</TargetPrefix>`),
      400,
      "InvalidArgument",
    ],
    ["no prefix", () => enabled(target, ""), 400, "MalformedXML"],
  ])("is refused with %s", async (_, members, status, code) => {
    expect(await put(members())).toMatchObject({ status, code });
    expect((await get()).one("TargetBucket")).toBeUndefined();
  });
});

test("each request to the bucket is a record, refused ones included", async () => {
  await put(enabled(target));
  const headers = { "user-agent": 'x" 200 - "', referer: "https://a.example/?q=a b" };

  await s3.call({ method: "PUT", path: `/${bucket}/a%20b`, body: "text", headers });
  await s3.call({ path: `/${bucket}/a%20b`, headers: { range: "bytes=0-1" } });
  await s3.call({ path: `/${bucket}/absent` });
  await s3.call({ path: `/${bucket}/a%20b`, account: null });
  await s3.call({ path: `/${bucket}`, account: { ...ann, secretAccessKey: "wrong" } });
  await s3.send(await s3.presign({ path: `/${bucket}/a%20b` }));
  await s3.call({ method: "OPTIONS", path: `/${bucket}/k`, account: null, headers: { origin: "https://a.example" } });

  // A request that was refused is looked up when its answer is on its way already: the order may differ.
  const lines = await records();
  const line = (text: string) => lines.find((candidate) => candidate.includes(text));
  expect(lines).toHaveLength(7);
  expect(line("REST.PUT.OBJECT")).toMatch(
    new RegExp(
      `^${ann.id} ${bucket} \\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d \\+0000\\] 127\\.0\\.0\\.1 ${ann.id} [0-9A-F]{16} REST\\.PUT\\.OBJECT a%20b "PUT /${bucket}/a%20b HTTP/1\\.1" 200 - - 4 (\\d+|-) - "https://a\\.example/\\?q=a b" "x%22 200 - %22" - \\S+ SigV4 - AuthHeader 127\\.0\\.0\\.1:${gateway.port} - - -$`,
    ),
  );
  expect(line(" 206 ")).toContain("REST.GET.OBJECT a%20b");
  expect(line(" 206 - 2 4 ")).toBeDefined();
  expect(line(" 404 NoSuchKey ")).toContain("REST.GET.OBJECT absent");
  expect(line(" 403 AccessDenied ")).toContain(" 127.0.0.1 - ");
  expect(line(" 403 SignatureDoesNotMatch ")).toContain("REST.GET.BUCKET -");
  expect(line(" QueryString ")).toContain("X-Amz-Signature=REDACTED HTTP/1.1");
  expect(line("REST.OPTIONS.PREFLIGHT")).toContain(" 400 BadRequest ");
});

test("visits of the website are records of their own kind", async () => {
  await put(enabled(target));
  const body =
    "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>b.example</HostName></RedirectAllRequestsTo></WebsiteConfiguration>";
  await s3.call({ method: "PUT", path: `/${bucket}`, query: { website: "" }, body });

  await s3.call({ path: "/k", host: `${bucket}.s3-website.localhost`, account: null });

  expect((await records()).find((line) => line.includes("WEBSITE.GET.OBJECT k"))).toContain('"GET /k HTTP/1.1" 301');
});

test("a bucket that logs into itself does not log its logs", async () => {
  target = bucket;
  await put(enabled(bucket));
  await s3.call({ path: `/${bucket}/k` });

  const first = await gateway.accessLog.flush().then(() => s3.call({ path: `/${bucket}`, query: { prefix: "p-" } }));
  await gateway.accessLog.flush();

  expect(first.all("Key")).toHaveLength(1);
  const lines = await records();
  expect(lines.filter((line) => line.includes("REST.PUT.OBJECT"))).toEqual([]);
});

test("a bucket that does not log, and one that no longer does, leave nothing", async () => {
  await s3.call({ path: `/${bucket}/k` });
  await put(enabled(target));
  await put("");
  await s3.call({ path: `/${bucket}/k` });

  // What turned it off was still logged, or not; nothing came after it.
  expect((await records()).filter((line) => line.includes("REST.GET.OBJECT"))).toEqual([]);
});

// Two starts of a server with its workers.
test("a server that is stopped writes down what it has collected", { timeout: 30_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), "stave-logging-"));
  const first = await startGateway({ dataDirectory: directory });
  const client = createS3Client(first);
  for (const name of ["photos", "logs"]) await client.call({ method: "PUT", path: `/${name}` });
  const body = `<BucketLoggingStatus>${enabled("logs")}</BucketLoggingStatus>`;
  await client.call({ method: "PUT", path: "/photos", query: { logging: "" }, body });
  for (let count = 0; count < 20; count += 1) await client.call({ path: `/photos/k${count}` });
  expect(await first.stop()).toBe(0);

  const second = await startGateway({ dataDirectory: directory });
  const again = createS3Client(second);
  const listed = await again.call({ path: "/logs" });
  const texts = await Promise.all(
    listed.all("Key").map(async (key) => (await again.call({ path: `/logs/${key}` })).text),
  );
  await second.stop();
  await rm(directory, { recursive: true });

  expect(new Set(texts.join("").match(/REST\.GET\.OBJECT k\d+/g)).size).toBe(20);
});
