import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askAdmin, askWhy } from "./support/ask-why.ts";
import { createS3Client, type S3Answer, type S3Client } from "./support/s3-client.ts";
import { ann, bob, gatewayMain, startGateway, type TestGateway } from "./support/start-gateway.ts";

let gateway: TestGateway;
let s3: S3Client;
let scratch = "";
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stave-why-"));
  gateway = await startGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await rm(scratch, { recursive: true, force: true });
});

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function run(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [gatewayMain, ...args], { timeout: 20_000 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

const idOf = ({ headers }: S3Answer) => headers["x-amz-request-id"] ?? "";
const stranger = { ...ann, accessKeyId: "AKIASTRANGER00000000" };
const wrongSecret = { ...ann, secretAccessKey: "not-the-secret-of-ann-000000000000000000" };

describe("the admin port", { timeout: 30_000 }, () => {
  test("knows what any of the workers has refused, and of whom", async () => {
    // Each is a connection of its own: with two workers some come to each.
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) => s3.call({ path: `/photos/${at}`, account: bob })),
    );

    const reasons = await Promise.all(answers.map((answer) => askWhy(gateway, answer)));

    expect(reasons.map(({ path }) => path)).toEqual(answers.map((_, at) => `/photos/${at}`));
    expect(new Set(answers.map((answer) => idOf(answer).slice(0, 8))).size).toBe(2);
    expect(reasons[0]).toMatchObject({
      remoteAddress: "127.0.0.1",
      method: "GET",
      host: `127.0.0.1:${gateway.port}`,
      operation: "GetObject",
      accessKeyId: bob.accessKeyId,
      account: { id: bob.id, displayName: "bob" },
      message: "Access Denied",
    });
  });

  test("lists the newest refusals, of one key or with one code", async () => {
    const first = await s3.call({ path: "/photos/list", account: stranger });
    const millisecond = Date.now();
    await expect.poll(Date.now, { interval: 1 }).toBeGreaterThan(millisecond + 1); // times of workers are compared
    const second = await s3.call({ path: "/photos/list", account: wrongSecret });
    const list = async (query: string) =>
      JSON.parse((await askAdmin(gateway, `/admin/requests${query}`)).text).requests;

    const newest = await list("?limit=2");
    const ofKey = await list(`?key=${stranger.accessKeyId}`);
    const withCode = await list("?code=SignatureDoesNotMatch&limit=1");

    expect(newest.map(({ requestId }: { requestId: string }) => requestId)).toEqual([idOf(second), idOf(first)]);
    expect(ofKey).toEqual([
      {
        requestId: idOf(first),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        remoteAddress: "127.0.0.1",
        method: "GET",
        path: "/photos/list",
        operation: "GetObject",
        accessKeyId: stranger.accessKeyId,
        status: 403,
        code: "InvalidAccessKeyId",
      },
    ]);
    expect(withCode).toMatchObject([{ requestId: idOf(second), code: "SignatureDoesNotMatch" }]);
  });

  test("answers in text for people", async () => {
    const id = idOf(await s3.call({ path: "/photos/t%1B%5B2J", account: bob }));

    const byFormat = await askAdmin(gateway, `/admin/requests/${id}/why?format=text`);
    const byAccept = await askAdmin(gateway, "/admin/requests?limit=1", { accept: "text/plain" });

    expect(byFormat.type).toBe("text/plain; charset=utf-8");
    expect(byFormat.text).toMatch(
      /^403 AccessDenied: Access Denied\nGET 127\.0\.0\.1:\d+\/photos\/t%1B%5B2J \(GetObject\)\n/,
    );
    expect(byFormat.text).toMatch(/\nWhy\n {2}1\. There is no such object/);
    expect(byAccept.text).toMatch(new RegExp(`^\\S+Z {2}${id} {2}403 {2}AccessDenied {2}${bob.accessKeyId} .*\\n$`));
  });

  test("keeps nothing of what went well, or was refused for another reason", async () => {
    const well = await s3.call({ path: "/photos" });
    const missing = await s3.call({ path: "/photos/missing" });

    for (const answer of [well, missing]) {
      const { status, text } = await askAdmin(gateway, `/admin/requests/${idOf(answer)}/why`);
      expect([status, text]).toEqual([404, expect.stringContaining("newest 1,000")]);
    }
  });

  test("refuses odd questions", async () => {
    const statusOf = async (path: string) => (await askAdmin(gateway, path)).status;

    expect(await statusOf("/admin/requests?limit=0")).toBe(400);
    expect(await statusOf("/admin/requests?limit=1001")).toBe(400);
    expect(await statusOf("/admin/requests?limit=x")).toBe(400);
    expect(await statusOf("/admin/requests/")).toBe(404);
    expect(await statusOf("/admin/requests/x/why")).toBe(404);
    expect(await statusOf(`/admin/requests/${"0".repeat(16)}/why`)).toBe(404);
    expect(await statusOf(`/admin/requests/${"0".repeat(16)}`)).toBe(404);
    expect(await statusOf("/admin")).toBe(404);
  });

  test("tells nobody without the token", async () => {
    const id = idOf(await s3.call({ path: "/photos/a", account: bob }));
    const { url, token } = JSON.parse(await readFile(join(gateway.dataDirectory, "admin.json"), "utf8"));

    for (const path of ["/admin/requests", `/admin/requests/${id}/why`]) {
      const answer = await fetch(`${url}${path}`);
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("admin.json")]);
      const bearer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      expect([bearer.status, await bearer.text()]).toEqual([400, expect.not.stringContaining(id)]);
    }
    // Nor does the port that clients use: there, it is a key in a bucket.
    expect((await s3.call({ path: `/admin/requests/${id}/why` })).code).toBe("NoSuchBucket");
  });
});

describe("stave-gateway why", { timeout: 30_000 }, () => {
  test("says why the running server refused a request", async () => {
    const id = idOf(await s3.call({ path: "/photos/a?x=1", account: wrongSecret }));

    const text = await run("why", id.toLowerCase(), "--data-dir", gateway.dataDirectory);
    const json = await run("why", id, "--json", "--data-dir", gateway.dataDirectory);

    expect([text.code, text.stderr]).toEqual([0, ""]);
    expect(text.stdout).toMatch(/^403 SignatureDoesNotMatch: The request signature we calculated/);
    expect(text.stdout).toMatch(/\nWhy\n {2}1\. None of the usual changes/);
    expect(text.stdout).toMatch(
      /\nClaimed\n {2}key: AKIAANN0000000000000\n {2}scope: \d{8}\/us-east-1\/s3\/aws4_request\n/,
    );
    expect(text.stdout).toMatch(/\nComputed here: canonical request\n {2}GET\n {2}\/photos\/a\n/);
    expect(text.stdout).toMatch(/\nComputed here: string to sign\n {2}AWS4-HMAC-SHA256\n {2}\d{8}T\d{6}Z\n/);
    expect(JSON.parse(json.stdout)).toMatchObject({ requestId: id, code: "SignatureDoesNotMatch" });
  });

  test("lists the newest refusals", async () => {
    const id = idOf(await s3.call({ path: "/photos/a", account: stranger }));
    const data = ["--data-dir", gateway.dataDirectory];

    const text = await run("why", "--recent", "--limit", "1", ...data);
    const none = await run("why", "--recent", "--key", "AKIANONE", ...data);
    const json = await run("why", "--recent", "--code", "InvalidAccessKeyId", "--json", ...data);

    expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining(`  ${id}  403  InvalidAccessKeyId  `) });
    expect(none).toMatchObject({ code: 0, stdout: "No refusal is kept.\n" });
    expect(JSON.parse(json.stdout).requests[0]).toMatchObject({ requestId: id });
  });

  test("says in one line what is missing", async () => {
    const unknown = await run("why", "0123456789ABCDEF", "--data-dir", gateway.dataDirectory);
    const noServer = await run("why", "0123456789ABCDEF", "--data-dir", scratch);
    const stale = { url: "http://127.0.0.1:1", token: "x" };
    await writeFile(join(scratch, "admin.json"), JSON.stringify(stale));
    const dead = await run("why", "--recent", "--data-dir", scratch);

    expect(unknown).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^stave-gateway: No refusal of this request is kept: .*newest 1,000.*\n$/),
    });
    for (const { code, stderr } of [noServer, dead]) {
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^stave-gateway: No server runs on .*forgotten.*\n$/)]);
    }
  });

  test.each([
    [[], /either a request id or --recent/],
    [["0123456789ABCDEF", "--recent"], /either a request id or --recent/],
    [["not-an-id"], /16 hex digits/],
    [["0123456789ABCDEF", "more"], /too many arguments/],
    [["--recent", "--limit", "0"], /--limit/],
  ])("used wrongly (%j) ends with 2 and one line", async (args, message) => {
    const { code, stdout, stderr } = await run("why", ...args, "--data-dir", gateway.dataDirectory);

    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("the public answer stays that of AWS", { timeout: 30_000 }, () => {
  const shown = (answer: S3Answer) => answer.text.replace(idOf(answer), "ID").replace(/<HostId>[^<]*/, "<HostId>HOST");

  test("for a refused signature", async () => {
    const answer = await s3.call({ path: "/photos/a", account: wrongSecret });

    expect(shown(answer)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><AWSAccessKeyId>${ann.accessKeyId}</AWSAccessKeyId><Resource>/photos/a</Resource><RequestId>ID</RequestId><HostId>HOST</HostId></Error>`,
    );
    expect(Object.keys(answer.headers).toSorted()).toEqual(errorHeaders);
  });

  test("for a refused requester", async () => {
    const answer = await s3.call({ path: "/photos/a", account: bob });

    expect(shown(answer)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message><Resource>/photos/a</Resource><RequestId>ID</RequestId><HostId>HOST</HostId></Error>`,
    );
    expect(Object.keys(answer.headers).toSorted()).toEqual([...errorHeaders, "x-amz-bucket-region"].toSorted());
  });
});

const errorHeaders = [
  "connection",
  "content-length",
  "content-type",
  "date",
  "server",
  "x-amz-id-2",
  "x-amz-request-id",
];
