import { once } from "node:events";
import { join } from "node:path";
import {
  GetBucketPolicyCommand,
  HeadBucketCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { openControlDatabase } from "@stave/control-database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { tokenWith } from "./support/token-with.ts";
import { waitFor } from "./support/wait-for.ts";

let gateway: TestGateway;
let api: TestApi;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  s3 = new S3Client({ endpoint: gateway.endpoint, region: "us-east-1", credentials: ann, forcePathStyle: true });
}, 60_000);
afterAll(async () => {
  s3?.destroy();
  await api?.stop();
  await gateway?.stop();
});

const buckets = "/api/storage/buckets";
const create = (name: string, more: object = {}) => api.call(buckets, { method: "POST", json: { name, ...more } });

describe("a bucket", () => {
  test("is private unless asked otherwise, and there for S3 clients at once", async () => {
    const { status, headers, body } = await create("quiet");

    expect([status, headers.get("location")]).toEqual([201, `${buckets}/quiet`]);
    expect(body.data).toEqual({
      name: "quiet",
      region: "us-east-1",
      visibility: "private",
      versioning: "off",
      hasObjectLock: false,
    });
    await s3.send(new HeadBucketCommand({ Bucket: "quiet" }));
    expect((await fetch(`${gateway.endpoint}/quiet/a`)).status).toBe(403);
  });

  test("that is there already, or has no valid name, is refused", async () => {
    await create("taken");
    const again = await create("taken");
    expect([again.status, again.body.code]).toEqual([409, "CONFLICT"]);
    for (const name of ["ab", "UPPER", "a..b", "1.2.3.4", "xn--a", "a_b", "name--x-s3", "a".repeat(64)]) {
      const { status, body } = await create(name);
      expect([name, status, body.code]).toEqual([name, 400, "INVALID_REQUEST"]);
    }
    const unknown = await create("fine", { isPublic: true });
    expect([unknown.status, unknown.body.code]).toEqual([400, "UNKNOWN_FIELD"]);
  });

  test("with object lock has versions", async () => {
    const { body } = await create("locked", { objectLock: true });
    expect(body.data).toMatchObject({ versioning: "enabled", hasObjectLock: true });
  });

  test("becomes public and private again; other statements of its policy stay", async () => {
    await create("turning");
    const own = {
      Sid: "Own",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:DeleteBucket",
      Resource: "arn:aws:s3:::turning",
      Condition: { StringEquals: { "aws:Referer": "nobody" } },
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [own] });
    await s3.send(new PutBucketPolicyCommand({ Bucket: "turning", Policy }));
    await api.call(`${buckets}/turning/objects/a.txt`, { method: "PUT", body: "hello" });
    const change = (visibility: string) => api.call(`${buckets}/turning`, { method: "PATCH", json: { visibility } });

    expect((await change("public-read")).body.data.visibility).toBe("public-read");
    expect((await change("public-read")).status).toBe(200);
    expect(await (await fetch(`${gateway.endpoint}/turning/a.txt`)).text()).toBe("hello");
    const { body } = await api.call(buckets);
    expect(body.data).toContainEqual(expect.objectContaining({ name: "turning", visibility: "public-read" }));

    expect((await change("private")).body.data.visibility).toBe("private");
    expect((await fetch(`${gateway.endpoint}/turning/a.txt`)).status).toBe(403);
    const left = await s3.send(new GetBucketPolicyCommand({ Bucket: "turning" }));
    expect(JSON.parse(left.Policy ?? "").Statement).toEqual([own]);
  });

  test("that is not there is NOT_FOUND; so is a service", async () => {
    for (const path of [`${buckets}/nothing-here`, `${buckets}/nothing-here/objects`, `${buckets}?service=none`]) {
      const { status, body } = await api.call(path);
      expect([path, status, body.code]).toEqual([path, 404, "NOT_FOUND"]);
    }
    expect((await api.call(`${buckets}?service=default`)).status).toBe(200);
  });

  test("lists are paged", async () => {
    for (const name of ["page-a", "page-b", "page-c"]) await create(name);
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await api.call(`${buckets}?limit=2${query}`);
      names.push(...body.data.map(({ name }: { name: string }) => name));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["page-a", "page-b", "page-c"]));
  });
});

describe("deleting", () => {
  test("an empty bucket is done at once, and what is not empty is refused", async () => {
    await create("empty");
    expect((await api.call(`${buckets}/empty`, { method: "DELETE" })).status).toBe(204);
    expect((await api.call(`${buckets}/empty`, { method: "DELETE" })).body.code).toBe("NOT_FOUND");

    await create("full");
    await api.call(`${buckets}/full/objects/a`, { method: "PUT", body: "x" });
    const { status, body } = await api.call(`${buckets}/full`, { method: "DELETE" });
    expect([status, body.code, body.nextActions.length]).toEqual([409, "CONFLICT", 1]);
  });

  test("by force a job deletes versions, delete markers, unfinished uploads and keys that XML cannot hold", async () => {
    await create("forced", { objectLock: true });
    for (const key of ["a", "a", "b", "%01", "x%0Dy", "d%2F%2F"]) {
      await api.call(`${buckets}/forced/objects/${key}`, { method: "PUT", body: "x" });
    }
    await api.call(`${buckets}/forced/objects/b`, { method: "DELETE" });
    const json = { key: "part", kind: "multipart", size: 1000 };
    expect((await api.call(`${buckets}/forced/upload-strategy`, { method: "POST", json })).status).toBe(201);

    const { status, headers, body } = await api.call(`${buckets}/forced?force=true`, { method: "DELETE" });

    expect([status, headers.get("location")]).toEqual([202, `/api/jobs/${body.data.jobId}`]);
    await waitFor(async () => (await api.call(`${buckets}/forced`)).status === 404);
  });

  test("by force goes on where a crash has ended it", async () => {
    await create("interrupted");
    await api.call(`${buckets}/interrupted/objects/a`, { method: "PUT", body: "x" });
    const { token } = api;
    const doomed = await startApi(gateway, { token, env: { STAVE_API_DANGEROUS_END_AT: "bucket:delete:empty" } });
    const ended = once(doomed.child, "exit");
    // Any process may take the job: while it waits there is no other.
    await api.stop();
    await doomed.call(`${buckets}/interrupted?force=true`, { method: "DELETE" }).catch(() => undefined);
    expect(await ended).toEqual([null, "SIGKILL"]);
    await s3.send(new HeadBucketCommand({ Bucket: "interrupted" }));

    api = await startApi(gateway, { token });
    await waitFor(async () => (await api.call(`${buckets}/interrupted`)).status === 404);
  }, 40_000);

  test("by force fails, and says why, where an object is locked", async () => {
    await create("held", { objectLock: true });
    await api.call(`${buckets}/held/objects/a`, { method: "PUT", body: "x" });
    const ObjectLockRetainUntilDate = new Date(Date.now() + 3_600_000);
    await s3.send(
      new PutObjectCommand({
        Bucket: "held",
        Key: "kept",
        Body: "x",
        ObjectLockMode: "COMPLIANCE",
        ObjectLockRetainUntilDate,
      }),
    );
    const { body } = await api.call(`${buckets}/held?force=true`, { method: "DELETE" });
    const database = await openControlDatabase({ at: { file: join(gateway.dataDirectory, "control.sqlite") } });
    const { jobs } = database.as("test");
    await waitFor(async () => (await jobs.find(body.data.jobId))?.state === "failed");
    expect((await jobs.find(body.data.jobId))?.problem).toMatchObject({
      code: "CONFLICT",
      detail: expect.stringContaining("kept cannot be deleted (AccessDenied)"),
    });
    await database.close();
    expect((await api.call(`${buckets}/held/objects/kept`)).body).toBe("x");
  });
});

test("security S29: who may only read changes nothing", async () => {
  const reader = await tokenWith(gateway, ["storage:read"]);
  const writer = await tokenWith(gateway, ["storage:write"]);
  await create("guarded");
  const refused = [
    [reader, "POST", buckets, { name: "mine" }],
    [reader, "PATCH", `${buckets}/guarded`, { visibility: "public-read" }],
    [reader, "DELETE", `${buckets}/guarded`, undefined],
    [reader, "PUT", `${buckets}/guarded/objects/a`, undefined],
    [reader, "POST", `${buckets}/guarded/upload-strategy`, { key: "a" }],
    [writer, "DELETE", `${buckets}/guarded`, undefined],
    [writer, "GET", `${buckets}/guarded/objects/a`, undefined],
  ] as const;
  for (const [token, method, path, json] of refused) {
    const { status, body } = await api.call(path, { token, method, ...(json !== undefined && { json }) });
    expect([method, path, status, body.code]).toEqual([method, path, 403, "PERMISSION_DENIED"]);
  }
  expect((await api.call(`${buckets}/guarded`, { token: reader })).status).toBe(200);
});
