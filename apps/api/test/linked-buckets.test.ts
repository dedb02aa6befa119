import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { ControlDatabase } from "@stave/control-database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createApiToken } from "../src/auth/api-token.ts";
import { openDatabaseOf, untilEnded } from "./support/jobs-of.ts";
import { type ApiAnswer, startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
let database: ControlDatabase;
let owner: S3Client;

beforeAll(async () => {
  gateway = await startGateway({ workers: 2 });
  api = await startApi(gateway);
  database = await openDatabaseOf(gateway);
  owner = clientOf(ann);
}, 60_000);
afterAll(async () => {
  owner?.destroy();
  await database?.close();
  await api?.stop();
  await gateway?.stop();
});

function clientOf({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }): S3Client {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials,
  });
}

/** Jobs follow each other here, and each is waited for. */
const severalJobs = { timeout: 30_000 };

const post = (path: string, json: unknown = {}) => api.call(path, { method: "POST", json });
const codes = ({ status, body }: ApiAnswer) => [status, body.code];
const linkPath = (project: string) => `/api/external-services/1/projects/${project}`;
const bucketPath = (bucket: string, query = "") => `/api/storage/buckets/${bucket}${query}`;

async function ended(answer: ApiAnswer) {
  expect([answer.status, answer.body.detail]).toEqual([202, undefined]);
  return await untilEnded(database, answer.body.job_id);
}

async function createLinked(name: string): Promise<string> {
  await post("/api/projects", { name });
  expect((await ended(await post("/api/external-services/1/projects", { project_id: name }))).state).toBe("completed");
  return `${name}-production`;
}

describe("a bucket", () => {
  test("is not deleted while a link uses it, over REST or S3, with its objects or without", severalJobs, async () => {
    const bucket = await createLinked("holding");
    await owner.send(new PutObjectCommand({ Bucket: bucket, Key: "k", Body: "x" }));

    for (const query of ["", "?force=true"]) {
      const refused = await api.call(bucketPath(bucket, query), { method: "DELETE" });
      expect(codes(refused)).toEqual([409, "CONFLICT"]);
      expect(refused.body.detail).toBe(`The bucket ${bucket} is linked to holding (production): unlink it first.`);
    }
    await expect(owner.send(new DeleteBucketCommand({ Bucket: bucket }))).rejects.toMatchObject({
      name: "InvalidBucketState",
      $metadata: { httpStatusCode: 409 },
    });

    await owner.send(new HeadBucketCommand({ Bucket: bucket }));
    await ended(await api.call(linkPath("holding"), { method: "DELETE" }));
    const begun = await api.call(bucketPath(bucket, "?force=true"), { method: "DELETE" });
    expect((await untilEnded(database, begun.body.data.jobId)).state).toBe("completed");
  });

  test.each(["REST", "S3"])(
    "that is deleted over %s is in no project, and neither is another of its name",
    async (how) => {
      const name = `leaving-${how.toLowerCase()}`;
      const bucket = await createLinked(name);
      const { id } = (await api.call(`/api/projects/${name}`)).body.data;
      const { data: key } = (await post("/api/storage/s3/access-keys", { project: name })).body;
      const application = clientOf(key);
      await application.send(new HeadBucketCommand({ Bucket: bucket }));
      await ended(await api.call(linkPath(name), { method: "DELETE" }));
      await application.send(new HeadBucketCommand({ Bucket: bucket }));

      if (how === "S3") await owner.send(new DeleteBucketCommand({ Bucket: bucket }));
      else expect((await api.call(bucketPath(bucket), { method: "DELETE" })).status).toBe(204);

      const { projects, links } = database.as("test");
      expect(await projects.bucketsOf(id)).toEqual([]);
      expect(await links.buckets.find({ serviceId: 1, bucket })).toBeUndefined();
      await owner.send(new CreateBucketCommand({ Bucket: bucket }));
      await expect(application.send(new HeadBucketCommand({ Bucket: bucket }))).rejects.toMatchObject({
        $metadata: { httpStatusCode: 403 },
      });
      const job = await ended(await post("/api/external-services/1/projects", { project_id: name }));
      expect(job.result).not.toMatchObject({ bucket });
      application.destroy();
    },
  );
});

describe("runtime credentials", () => {
  const path = (project: string, environment = "production") =>
    `${linkPath(project)}/environments/${environment}/runtime-credentials`;

  test("are all variables in plain, on record, and open the bucket", async () => {
    const bucket = await createLinked("running");
    const { status, headers, body } = await post(path("running"));

    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    const { variables, revision } = body;
    const shown = (await api.call(linkPath("running"))).body;
    expect([variables.S3_BUCKET, variables.S3_ACCESS_KEY, revision]).toEqual([
      bucket,
      shown.access_key_id,
      shown.revision,
    ]);
    const pair = { accessKeyId: variables.AWS_ACCESS_KEY_ID, secretAccessKey: variables.AWS_SECRET_ACCESS_KEY };
    const application = clientOf(pair);
    await application.send(new PutObjectCommand({ Bucket: variables.S3_BUCKET, Key: "k", Body: "x" }));
    application.destroy();
    const [entry] = await database.audit.list({ action: "secret:reveal" });
    expect(entry).toMatchObject({ subject: `link:${shown.id}`, details: { names: Object.keys(variables) } });
    expect(JSON.stringify(entry)).not.toContain(pair.secretAccessKey);
  });

  test("are refused without a link, and to who may see no secrets", async () => {
    await post("/api/projects", { name: "unlinked" });
    expect(codes(await post(path("unlinked")))).toEqual([409, "CONFLICT"]);
    expect(codes(await post(path("nobody")))).toEqual([404, "NOT_FOUND"]);
    expect(codes(await post(path("running", "staging")))).toEqual([409, "CONFLICT"]);
    const { token, tokenHash } = createApiToken();
    const given = { tokenHash, name: "x", permissions: ["services:write"], createdAt: new Date() };
    await database.as("test").apiTokens.insert(given);
    expect(codes(await api.call(path("running"), { method: "POST", token }))).toEqual([403, "PERMISSION_DENIED"]);
  });
});

describe("security: a token that expires", () => {
  test("issues nothing that lasts longer than it does", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const { token, tokenHash } = createApiToken();
    const permissions = ["keys:write", "keys:read", "storage:read", "storage:write", "storage:admin", "users:write"];
    await database
      .as("test")
      .apiTokens.insert({ tokenHash, name: "ci", permissions, createdAt: new Date(), expiresAt });
    await owner.send(new CreateBucketCommand({ Bucket: "credited" }));
    const ask = (path: string, json: object) => api.call(path, { method: "POST", json, token });
    const late = new Date(expiresAt.getTime() + 1000).toISOString();
    const keys = "/api/storage/s3/access-keys";
    const credentials = "/api/storage/buckets/credited/credentials";
    const scope = { access: "read-only" };

    for (const [path, json] of [
      [keys, {}],
      [credentials, { access: "read-only" }],
      ["/api/tokens", { name: "child", permissions: ["keys:read"] }],
    ] as const) {
      const capped = await ask(path, json);
      expect([path, capped.status, capped.body.data?.expiresAt]).toEqual([path, 201, expiresAt.toISOString()]);
      expect(codes(await ask(path, { ...json, expiresAt: late }))).toEqual([422, "UNPROCESSABLE"]);
    }
    expect((await ask("/api/storage/s3/session", { scope, durationSeconds: 900 })).status).toBe(201);
    expect(codes(await ask("/api/storage/s3/session", { scope, durationSeconds: 7200 }))).toEqual([
      422,
      "UNPROCESSABLE",
    ]);

    for (const path of [keys, credentials]) {
      const { id } = (await post(path, path === keys ? {} : { access: "read-only" })).body.data;
      expect(codes(await ask(`${path}/${id}/rotate`, {}))).toEqual([422, "UNPROCESSABLE"]);
      expect((await post(`${path}/${id}/rotate`)).status).toBe(201);
    }
  });
});

describe("If-Match", () => {
  const change = (path: string, method: string, match: string, json?: unknown) =>
    api.call(path, { method, headers: { "if-match": match }, ...(json !== undefined && { json }) });

  test("keeps two people from renaming a project past each other", async () => {
    const made = await post("/api/projects", { name: "shared" });
    const etag = made.headers.get("etag") ?? "";
    expect((await api.call("/api/projects/shared")).headers.get("etag")).toBe(etag);

    const renamed = await change("/api/projects/shared", "PATCH", etag, { name: "One" });
    expect(renamed.status).toBe(200);
    expect(codes(await change("/api/projects/shared", "PATCH", etag, { name: "Two" }))).toEqual([
      412,
      "PRECONDITION_FAILED",
    ]);
    expect((await api.call("/api/projects/shared")).body.data.name).toBe("One");
    const grown = await post("/api/projects/shared/environments", { name: "staging" });
    expect(grown.headers.get("etag")).not.toBe(renamed.headers.get("etag"));
    const stale = renamed.headers.get("etag") ?? "";
    expect(codes(await change("/api/projects/shared", "DELETE", stale))).toEqual([412, "PRECONDITION_FAILED"]);
    expect((await change("/api/projects/shared", "DELETE", grown.headers.get("etag") ?? "")).status).toBe(204);
  });

  test("keeps two people from changing a link past each other", async () => {
    await createLinked("both");
    const etag = (await api.call(linkPath("both"))).headers.get("etag") ?? "";
    const changed = await change(linkPath("both"), "PATCH", etag, { prefix: "ONE" });
    expect([changed.status, changed.body.prefix]).toEqual([200, "ONE"]);
    expect(codes(await change(linkPath("both"), "PATCH", etag, { prefix: "TWO" }))).toEqual([
      412,
      "PRECONDITION_FAILED",
    ]);
    expect(codes(await change(linkPath("both"), "DELETE", etag))).toEqual([412, "PRECONDITION_FAILED"]);
    expect((await change(linkPath("both"), "PATCH", "*", { prefix: "TWO" })).status).toBe(200);
  });
});
