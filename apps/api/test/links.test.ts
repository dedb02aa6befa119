import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { ControlDatabase } from "@stave/control-database";
import { createAccessKeys, openVault } from "@stave/credential-vault";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createApiToken } from "../src/auth/api-token.ts";
import { openDatabaseOf, until, untilEnded } from "./support/jobs-of.ts";
import { type ApiAnswer, startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
let database: ControlDatabase;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  // An external service of these tests is the gateway itself, on loopback.
  api = await startApi(gateway, { args: ["--allow-private-addresses"] });
  database = await openDatabaseOf(gateway);
}, 60_000);
afterAll(async () => {
  await database?.close();
  await api?.stop();
  await gateway?.stop();
});

const post = (path: string, json: unknown = {}) => api.call(path, { method: "POST", json });
const pathOf = (project: string, rest = "", environment = "production") =>
  `/api/external-services/1/projects/${project}${rest}?environment=${environment}`;

async function createProject(name: string): Promise<string> {
  const { status, body } = await post("/api/projects", { name });
  expect(status).toBe(201);
  return body.data.slug;
}

async function ended(answer: ApiAnswer) {
  expect([answer.status, answer.body.detail]).toEqual([202, undefined]);
  return await untilEnded(database, answer.body.job_id);
}

/** The link, when it is made. */
async function link(project: string, more: object = {}) {
  const job = await ended(await post("/api/external-services/1/projects", { project_id: project, ...more }));
  expect([job.state, job.problem]).toEqual(["completed", undefined]);
  const { environment = "production" } = more as { environment?: string };
  return (await api.call(pathOf(project, "", environment))).body;
}

async function pull(project: string): Promise<Record<string, string>> {
  const { body } = await api.call(`${pathOf(project, "/environment-file")}&format=json`);
  return JSON.parse(body);
}

function clientOf(variables: Record<string, string>): S3Client {
  return new S3Client({
    endpoint: variables.S3_ENDPOINT ?? "",
    region: variables.S3_REGION ?? "",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: variables.S3_ACCESS_KEY ?? "", secretAccessKey: variables.S3_SECRET_KEY ?? "" },
  });
}

describe("projects", () => {
  test("have a slug, environments, and pages that lose nothing", async () => {
    const { body } = await post("/api/projects", { name: "Über Shop!" });
    expect(body.data).toMatchObject({ name: "Über Shop!", slug: "uber-shop", environments: ["production"] });
    const { id } = body.data;
    expect((await post(`/api/projects/${id}/environments`, { name: "staging" })).status).toBe(201);
    const renamed = await api.call("/api/projects/uber-shop", { method: "PATCH", json: { name: "Shop" } });
    expect(renamed.body.data).toMatchObject({ id, name: "Shop", environments: ["production", "staging"] });
    await createProject("Another");

    const seen: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await api.call(`/api/projects?limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.body.data.map(({ slug }: { slug: string }) => slug));
      cursor = page.body.nextCursor ?? "";
      if (cursor === "") break;
    }
    expect(seen).toEqual(expect.arrayContaining(["another", "uber-shop"]));
    expect(new Set(seen).size).toBe(seen.length);

    const gone = await api.call(`/api/projects/${id}/environments/staging`, { method: "DELETE" });
    expect(gone.status).toBe(204);
    expect((await api.call(`/api/projects/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await api.call(`/api/projects/${id}`)).status).toBe(404);
  });

  test.each([
    ["a name that is taken", "/api/projects", { name: "Another" }, 409, "CONFLICT"],
    ["a name without a slug", "/api/projects", { name: "!!!" }, 422, "UNPROCESSABLE"],
    ["an unknown field", "/api/projects", { name: "x", nam: 1 }, 400, "UNKNOWN_FIELD"],
    ["a slug that is none", "/api/projects", { name: "x", slug: "X_" }, 400, "INVALID_REQUEST"],
    ["an environment of nothing", "/api/projects/nothing/environments", { name: "x" }, 404, "NOT_FOUND"],
    ["an environment that is there", "/api/projects/another/environments", { name: "production" }, 409, "CONFLICT"],
  ])("%s is refused", async (_, path, json, status, code) => {
    const answer = await post(path, json);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("belong to the gateway's first account, wherever others are in the order of their ids", async () => {
    const control = database.as("test");
    await control.accounts.insert({ id: "0".repeat(64), displayName: "before all", createdAt: new Date() });

    const slug = await createProject("Owned");

    expect((await control.projects.find(slug))?.accountId).toBe((await control.services.find(1))?.accountId);
    await control.accounts.remove("0".repeat(64));
  });

  test("a cursor that was never answered is refused", async () => {
    expect((await api.call("/api/projects?cursor=x")).body.code).toBe("INVALID_REQUEST");
  });
});

describe("a link", () => {
  test("has a bucket and a key of its own, which opens nothing else", async () => {
    const project = await createProject("Opens Its Own");
    const made = await link(project);
    expect(made).toMatchObject({ status: "active", bucket: "opens-its-own-production", credentials: "own" });
    expect(made.access_key_id).toMatch(/^AKIA[A-Z0-9]{16}$/);

    const variables = await pull(project);
    const client = clientOf(variables);
    const Bucket = made.bucket;
    await client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "b" }));
    expect(await (await client.send(new GetObjectCommand({ Bucket, Key: "a" }))).Body?.transformToString()).toBe("b");
    await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: "AccessDenied" });
    const other = await link(await createProject("Neighbour"));
    await expect(client.send(new ListObjectsV2Command({ Bucket: other.bucket }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    client.destroy();
  });

  test("shows what it injects: the preview, the masked and the pulled variables have the same names and values", async () => {
    const project = await createProject("Preview");
    const preview = await api.call(`/api/external-services/1/preview-environment-masked?project_id=${project}`);
    const names = await api.call("/api/external-services/1/preview-environment-names");
    await link(project);
    const masked = await api.call(pathOf(project, "/environment"));
    const pulled = await pull(project);

    expect(Object.keys(pulled)).toEqual([
      "S3_ENDPOINT",
      "S3_HOST",
      "S3_PORT",
      "S3_ACCESS_KEY",
      "S3_SECRET_KEY",
      "S3_REGION",
      "S3_BUCKET",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_DEFAULT_REGION",
      "AWS_REGION",
      "AWS_ENDPOINT_URL",
      "AWS_ENDPOINT_URL_S3",
    ]);
    expect(names.body).toEqual(Object.keys(pulled));
    expect(masked.body).toEqual(preview.body);
    expect(masked.body).toMatchObject({
      S3_SECRET_KEY: "***",
      AWS_ACCESS_KEY_ID: "***",
      S3_BUCKET: "preview-production",
    });
    for (const [name, value] of Object.entries(pulled)) expect(["***", value]).toContain(masked.body[name]);
    expect(JSON.stringify(masked.body)).not.toContain(pulled.S3_SECRET_KEY);
  });

  test("is revealed with an audit entry and no-store, one variable or all, and to nobody who may not", async () => {
    const project = await createProject("Revealed");
    const { id } = await link(project);
    const one = await api.call(pathOf(project, "/environment/S3_SECRET_KEY"));
    expect(one.body).toMatchObject({ name: "S3_SECRET_KEY", sensitive: true });
    expect(one.headers.get("cache-control")).toBe("no-store");
    const all = await api.call(pathOf(project, "/environment-file"));
    expect(all.headers.get("cache-control")).toBe("no-store");
    expect(all.body).toContain(`S3_SECRET_KEY=${one.body.value}\n`);
    expect((await api.call(pathOf(project, "/environment/S3_NOTHING"))).status).toBe(404);

    const entries = await database.audit.list({ action: "secret:reveal" });
    expect(entries.filter(({ subject }) => subject === `link:${id}`)).toHaveLength(2);
    expect(JSON.stringify(await database.audit.list())).not.toContain(one.body.value);
    expect(JSON.stringify(await database.as("test").jobs.list({ limit: 1000 }))).not.toContain(one.body.value);
    expect(api.log()).not.toContain(one.body.value);
  });
});

describe("the variables of a link", () => {
  const shown = "shown-to-applications";
  beforeAll(async () => {
    await link(await createProject("Shown To Applications"));
  });

  test.each([
    ["dotenv", /^S3_ENDPOINT=http:\/\/\S+\nS3_HOST=127\.0\.0\.1\n/],
    ["export", /^export S3_ENDPOINT='http:\/\/\S+'\n/],
    ["json", /^\{\n {2}"S3_ENDPOINT": "http/],
    ["k8s", /^apiVersion: v1\nkind: Secret\n[\s\S]*stringData:\n {2}S3_ENDPOINT: "http/],
  ])("are written as %s", async (format, pattern) => {
    const { body, status } = await api.call(`${pathOf(shown, "/environment-file")}&format=${format}`);
    expect(status).toBe(200);
    expect(body).toMatch(pattern);
  });

  test("have a prefix in front, where the link has one", async () => {
    const project = await createProject("Prefixed");
    await link(project, { prefix: "ASSETS", endpoint: "internal" });
    const names = Object.keys((await api.call(pathOf(project, "/environment"))).body);
    expect(names).toContain("ASSETS_S3_BUCKET");
    expect(names.every((name) => name.startsWith("ASSETS_"))).toBe(true);
  });

  test("security S29: are shown to nobody in plain who may not reveal secrets", async () => {
    const { token, tokenHash } = createApiToken();
    const permissions = ["services:read", "services:write"];
    await database.as("test").apiTokens.insert({ tokenHash, name: "writer", permissions, createdAt: new Date() });
    for (const rest of ["/environment/S3_SECRET_KEY", "/environment-file"]) {
      const { status, body } = await api.call(pathOf(shown, rest), { token });
      expect([status, body.code]).toEqual([403, "PERMISSION_DENIED"]);
    }
    const rotate = await api.call(pathOf(shown, "/rotate"), { method: "POST", json: {}, token });
    expect(rotate.status).toBe(403);
    expect((await api.call(pathOf(shown, "/environment"), { token })).status).toBe(200);
  });

  test("are not revealed when that cannot be written down", async () => {
    const file = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
    file.exec(
      "create trigger no_reveal before insert on audit when new.action = 'secret:reveal' begin select raise(abort, 'no'); end",
    );
    for (const rest of ["/environment/S3_SECRET_KEY", "/environment-file"]) {
      const { status, body } = await api.call(pathOf(shown, rest));
      expect([status, body.code]).toEqual([500, "INTERNAL_ERROR"]);
    }
    file.exec("drop trigger no_reveal");
    file.close();
    expect((await api.call(pathOf(shown, "/environment-file"))).status).toBe(200);
  });
});

describe("linking", () => {
  test("gets a bucket of another name when somebody else has one of this, and gets its own again", async () => {
    const owner = new S3Client({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: ann.accessKeyId, secretAccessKey: ann.secretAccessKey },
    });
    await owner.send(new CreateBucketCommand({ Bucket: "taken-production" }));
    owner.destroy();
    const project = await createProject("Taken");
    const { bucket } = await link(project);
    expect(bucket).toMatch(/^taken-production-[0-9a-f]{8}$/);

    await ended(await api.call(pathOf(project), { method: "DELETE" }));
    expect((await api.call(pathOf(project))).status).toBe(404);
    expect((await link(project)).bucket).toBe(bucket);
  });

  test("is refused twice, for what is not there, and to engines without keys unless that is said", async () => {
    const project = await createProject("Refused");
    await link(project);
    const again = await post("/api/external-services/1/projects", { project_id: project });
    expect([again.status, again.body.code]).toEqual([409, "CONFLICT"]);
    const cases: [unknown, number][] = [
      [{ project_id: "nothing" }, 404],
      [{ project_id: project, environment: "nowhere" }, 404],
      [{ project_id: project, prefix: "low" }, 400],
      [{ project_id: project, buckets: [] }, 400],
    ];
    for (const [json, status] of cases) {
      expect((await post("/api/external-services/1/projects", json)).status).toBe(status);
    }
    expect((await post("/api/external-services/99/projects", { project_id: project })).status).toBe(404);

    const { services } = database.as("test");
    const external = await services.insert({
      name: "elsewhere",
      slug: "elsewhere",
      engine: "external",
      status: "running",
      region: "us-east-1",
      endpoint: gateway.endpoint,
      parameters: {},
    });
    const path = `/api/external-services/${external.id}/projects`;
    const refused = await post(path, { project_id: project });
    expect([refused.status, refused.body.nextActions]).toEqual([
      422,
      [expect.stringContaining("use_service_credentials")],
    ]);
    const prefixed = await post(path, { project_id: project, use_service_credentials: true });
    expect([prefixed.status, prefixed.body.detail]).toEqual([409, expect.stringContaining("default")]);

    await services.change(external.id, { status: "stopped" });
    const stopped = await post(path, { project_id: project, prefix: "B", use_service_credentials: true });
    expect([stopped.status, stopped.body.detail]).toEqual([409, expect.stringContaining("not running")]);
    await services.remove(external.id);
  });

  test("to an engine without keys uses the pair of the service, which is not rotated with the link", async () => {
    const project = await createProject("Outside");
    const { services } = database.as("test");
    const root = await services.find(1);
    const { vault, secret } = await rootOf(root?.accessKeyId ?? "");
    const external = await services.insert({
      name: "outside",
      slug: "outside",
      engine: "external",
      status: "running",
      region: "us-east-1",
      endpoint: gateway.endpoint,
      parameters: {},
    });
    const secretEnvelope = await vault.seal(secret, services.contextOf(external.id));
    await services.change(external.id, { accessKeyId: root?.accessKeyId ?? null, secretEnvelope });
    const path = `/api/external-services/${external.id}/projects`;
    const job = await ended(await post(path, { project_id: project, use_service_credentials: true }));
    expect(job.state).toBe("completed");
    const shown = await api.call(`${path}/${project}`);
    expect(shown.body).toMatchObject({ credentials: "service", access_key_id: null, bucket: "outside-production" });
    expect(await database.as("test").projects.bucketsOf(shown.body.project.id)).toEqual([]);
    expect((await post(`${path}/${project}/rotate`)).status).toBe(422);
    await ended(await api.call(`${path}/${project}`, { method: "DELETE" }));
    await services.remove(external.id);
  });

  test("keeps its service and its project from being deleted, whoever is first", async () => {
    const project = await createProject("Held");
    const { id } = (await api.call(`/api/projects/${project}`)).body.data;
    await post(`/api/projects/${project}/environments`, { name: "staging" });
    await link(project, { environment: "staging" });

    const refused = await api.call(`/api/projects/${project}`, { method: "DELETE" });
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining("default (staging)")]);
    const environment = await api.call(`/api/projects/${id}/environments/staging`, { method: "DELETE" });
    expect(environment.status).toBe(409);
    const service = await api.call("/api/external-services/1?dry_run=true", { method: "DELETE" });
    expect(JSON.stringify(service.body)).toContain("linked to staging of the project held");
    await expect(database.as("test").services.remove(1)).rejects.toMatchObject({ code: "ServiceInUse" });
  });

  test("needs a redeploy until the application confirms its revision, or uses the key", async () => {
    const project = await createProject("Stale");
    const made = await link(project);
    expect(made).toMatchObject({ needs_redeploy: true, key_last_used_at: null });
    expect((await post(pathOf(project, "/deployed"), { revision: "0".repeat(32) })).status).toBe(409);
    const confirmed = await post(pathOf(project, "/deployed"), { revision: made.revision });
    expect(confirmed.body).toMatchObject({ needs_redeploy: false, deployed_revision: made.revision });

    const changed = await api.call(pathOf(project), { method: "PATCH", json: { prefix: "FILES" } });
    expect(changed.body.needs_redeploy).toBe(true);
    expect(changed.body.revision).not.toBe(made.revision);
  });
});

describe("the rotation of a link", () => {
  test("gives a new key, keeps the old one for a while, and says who must redeploy", async () => {
    const project = await createProject("Rotated");
    const before = await link(project);
    const old = await pull(project);
    const job = await ended(await post(pathOf(project, "/rotate"), { grace_seconds: 3600 }));
    expect([job.state, job.result]).toMatchObject([
      "completed",
      { oldKeyId: before.access_key_id, needsRedeploy: true, oldKeyExpiresAt: expect.any(String) },
    ]);

    const after = (await api.call(pathOf(project))).body;
    expect(after.access_key_id).not.toBe(before.access_key_id);
    expect(after).toMatchObject({ needs_redeploy: true, previous_key: { access_key_id: before.access_key_id } });
    const fresh = await pull(project);
    for (const variables of [old, fresh]) {
      const client = clientOf(variables);
      await client.send(new ListObjectsV2Command({ Bucket: before.bucket }));
      client.destroy();
    }
    // The gateway writes dates of use down now and then; what it writes is what is shown.
    const usedAt = new Date(Date.now() + 1000);
    await database.as("test").accessKeys.noteUsed(new Map([[after.access_key_id, usedAt]]));
    const used = (await api.call(pathOf(project))).body;
    expect(used).toMatchObject({ needs_redeploy: false, key_last_used_at: usedAt.toISOString() });

    expect((await ended(await post(pathOf(project, "/retire")))).state).toBe("completed");
    await expectRefused(old, before.bucket);
    expect((await api.call(pathOf(project))).body.previous_key).toBeNull();
    expect((await post(pathOf(project, "/retire"))).status).toBe(409);
  });

  test("without a grace ends the old key at once", async () => {
    const project = await createProject("At Once");
    const { bucket } = await link(project);
    const old = await pull(project);
    await ended(await post(pathOf(project, "/rotate"), { grace_seconds: 0 }));
    await expectRefused(old, bucket);
    await until(async () => ((await api.call(pathOf(project))).body.previous_key === null ? true : undefined));
  });

  test("of all links of a service says which are not", async () => {
    const answer = await post("/api/external-services/1/projects/rotate", { grace_seconds: 60 });
    expect(answer.status).toBe(202);
    expect(answer.body.jobs.length).toBeGreaterThan(3);
    for (const { job_id } of answer.body.jobs) {
      expect((await untilEnded(database, job_id)).state).toBe("completed");
    }
  });
});

test("unlinking revokes the keys at once, and keeps the bucket and its objects", async () => {
  const project = await createProject("Unlinked");
  const { bucket } = await link(project);
  const variables = await pull(project);
  const client = clientOf(variables);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: "kept", Body: "b" }));
  client.destroy();

  expect((await ended(await api.call(pathOf(project), { method: "DELETE" }))).state).toBe("completed");
  await expectRefused(variables, bucket);
  expect((await api.call(pathOf(project, "/environment"))).status).toBe(404);
  await link(project);
  const again = clientOf(await pull(project));
  expect((await again.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(1);
  again.destroy();
});

async function expectRefused(variables: Record<string, string>, bucket: string): Promise<void> {
  const client = clientOf(variables);
  await expect(client.send(new ListObjectsV2Command({ Bucket: bucket }))).rejects.toMatchObject({
    name: "InvalidAccessKeyId",
  });
  client.destroy();
}

async function rootOf(accessKeyId: string) {
  const vault = await openVault({
    keyFile: join(gateway.dataDirectory, "encryption_key"),
    canary: database.canary,
  });
  const keys = createAccessKeys({ vault, store: database.as("test").accessKeys });
  return { vault, secret: (await keys.secretOf(accessKeyId))?.secretAccessKey ?? "" };
}
