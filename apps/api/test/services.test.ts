import { hash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { changeKeys } from "../../gateway/test/support/change-keys.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createApiToken } from "../src/auth/api-token.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// Several start a second api or gateway, which takes seconds on a machine that is busy.
vi.setConfig({ testTimeout: 20_000 });

let gateway: TestGateway;
let api: TestApi;
beforeAll(async () => {
  gateway = await startGateway({ workers: 2 });
  api = await startApi(gateway, { args: ["--allow-private-addresses"] });
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

const path = "/api/external-services";
const s3 = () => createS3Client(gateway);

describe("a service of the built-in engine", () => {
  test("is running when it is answered, with an account, a key and buckets of its own", async () => {
    const { status, headers, body } = await createService(api, "My Storage", { buckets: ["first", "second"] });

    expect([status, headers.get("location")]).toEqual([201, `${path}/${body.id}`]);
    expect(body).toMatchObject({ name: "My Storage", slug: "my-storage", engine: "stave", status: "running" });
    expect(body.access_key).toMatch(/^AKIA[A-Z0-9]{16}$/);
    const account = await rootOf(api, body.id);
    expect(account.secretAccessKey).toHaveLength(40);
    const listed = await s3().call({ path: "/", account });
    expect(listed.all("Name")).toEqual(["first", "second"]);
    expect((await s3().call({ path: "/first" })).status).toBe(403);
    const { body: shown } = await api.call(`${path}/by-slug/my-storage`);
    expect(shown.service).toEqual(body);
  });

  test("is found by its id, with its schema, and its secret is masked until it is revealed, which is on record", async () => {
    const { body: service } = await createService(api, "masked");
    const shown = await api.call(`${path}/${service.id}`);

    expect(shown.body.current_parameters).toMatchObject({ engine: "stave", secret_key: "***" });
    expect(shown.body.parameter_schema).toMatchObject({ type: "object", required: [] });
    expect(shown.body.parameter_schema.readonly).toContain("region");

    const revealed = await api.call(`${path}/${service.id}/parameters/secret_key`);
    expect(revealed.headers.get("cache-control")).toBe("no-store");
    expect(shown.body).not.toContain(revealed.body.value);
    expect(JSON.stringify(await api.call(`${path}?page_size=1000`))).not.toContain(revealed.body.value);
    expect((await api.call(`${path}/${service.id}/parameters/region`)).body.code).toBe("INVALID_REQUEST");
    expect((await api.call(`${path}/${service.id}/parameters/nothing`)).status).toBe(404);
    expect(api.log()).not.toContain(revealed.body.value);
  });

  test.each<[string, Readonly<Record<string, unknown>>, number, string]>([
    ["an unknown field", { colour: "red" }, 400, "UNKNOWN_FIELD"],
    ["another region", { region: "eu-west-1" }, 422, "UNPROCESSABLE"],
    ["two quotas", { quota_bytes: 1, quota_tier: "10gb" }, 400, "INVALID_REQUEST"],
    ["a quota of nothing", { quota_bytes: 0 }, 400, "INVALID_REQUEST"],
    ["a bucket that cannot be one", { buckets: ["NO"] }, 400, "INVALID_REQUEST"],
    ["an engine that nobody knows", { engine: "ceph" }, 400, "INVALID_REQUEST"],
    ["an engine in containers where there is no Docker", { engine: "rustfs" }, 503, "UNAVAILABLE"],
    ["a quota that its engine does not keep", { engine: "minio", quota_bytes: 1 }, 400, "UNKNOWN_FIELD"],
    ["a key of one's own", { access_key: "minioadmin" }, 400, "UNKNOWN_FIELD"],
  ])("is refused with %s", async (_, parameters, status, code) => {
    const answer = await createService(api, "refused", parameters);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await api.call(`${path}/by-slug/refused`)).status).toBe(404);
  });

  test("is refused with a name that is taken, that cannot be one, or that is missing", async () => {
    await createService(api, "taken");
    expect((await createService(api, "taken")).status).toBe(409);
    expect((await createService(api, "Taken")).status).toBe(409);
    expect((await createService(api, "../x")).status).toBe(400);
    const missing = await api.call(path, { method: "POST", json: { service_type: "s3" } });
    expect([missing.status, missing.body.errors[0].pointer]).toEqual([400, "/name"]);
  });

  test("leaves nothing when one of its buckets is somebody else's", async () => {
    await s3().call({ method: "PUT", path: "/of-ann" });
    const answer = await createService(api, "half", { buckets: ["half-bucket", "of-ann"] });

    expect([answer.status, answer.body.code]).toEqual([409, "CONFLICT"]);
    expect(answer.body.detail).toContain("of-ann");
    expect((await api.call(`${path}/by-slug/half`)).status).toBe(404);
    expect((await s3().call({ method: "PUT", path: "/half-bucket" })).status).toBe(200);
    expect((await createService(api, "half")).status).toBe(201);
  });

  test("may not hold more than its quota in all its buckets together, and more when that grows", async () => {
    const { body: service } = await createService(api, "limited", { quota_bytes: 10, buckets: ["limit-a", "limit-b"] });
    const account = await rootOf(api, service.id);
    const put = async (key: string, body: string) =>
      (await s3().call({ method: "PUT", path: key, body, account })).code;

    expect(await put("/limit-a/k", "12345678")).toBeUndefined();
    expect(await put("/limit-b/k", "123")).toBe("QuotaExceeded");
    expect(await put("/limit-b/k", "12")).toBeUndefined();

    const grown = await api.call(`${path}/${service.id}`, { method: "PUT", json: { parameters: { quota_bytes: 20 } } });
    expect(grown.body.current_parameters.quota_bytes).toBe(20);
    expect(await put("/limit-b/l", "1234567890")).toBeUndefined();
    expect(await put("/limit-b/m", "1")).toBe("QuotaExceeded");
    await api.call(`${path}/${service.id}`, { method: "PUT", json: { parameters: { quota_bytes: null } } });
    expect(await put("/limit-b/m", "1")).toBeUndefined();
  });

  test("is changed in what can be changed, by who knows how it is", async () => {
    const { body: service } = await createService(api, "changing");
    const { headers } = await api.call(`${path}/${service.id}`);
    const etag = headers.get("etag") ?? "";
    const change = (json: object, ifMatch = etag) =>
      api.call(`${path}/${service.id}`, { method: "PUT", json, headers: { "if-match": ifMatch } });

    const changed = await change({ name: "changed", parameters: { public_endpoint: "https://s3.example.com" } });
    expect(changed.body.service).toMatchObject({ name: "changed", public_endpoint: "https://s3.example.com" });
    expect((await change({ name: "again" })).body.code).toBe("PRECONDITION_FAILED");
    const refused = await change({ parameters: { region: "eu-west-1" } }, "*");
    expect(refused.body.errors[0]).toMatchObject({ pointer: "/parameters/region", code: "read_only" });
    expect(refused.body.detail).toMatch(
      /^Cannot update parameter 'region' for S3\. Read-only parameters: .*Updateable/,
    );
    expect((await change({ name: "default" }, "*")).status).toBe(409);
  });

  test("refuses everybody from the next request on when it is stopped, and serves again when it is started", async () => {
    const { body: service } = await createService(api, "stopping", { buckets: ["stop-bucket"] });
    const account = await rootOf(api, service.id);
    const isPublic = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::stop-bucket/*",
    };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [isPublic] });
    await s3().call({ method: "DELETE", path: "/stop-bucket", query: { publicAccessBlock: "" }, account });
    await s3().call({ method: "PUT", path: "/stop-bucket", query: { policy: "" }, body: policy, account });
    await s3().call({ method: "PUT", path: "/stop-bucket/k", body: "kept", account });
    const read = (who: typeof account | null) =>
      Promise.all(Array.from({ length: 6 }, () => s3().call({ path: "/stop-bucket/k", account: who })));
    const codes = async (who: typeof account | null) =>
      new Set((await read(who)).map(({ status, code }) => code ?? status));
    expect(await codes(null)).toEqual(new Set([200]));

    const stopped = await api.call(`${path}/${service.id}/stop`, { method: "POST" });
    expect([stopped.status, stopped.body.status]).toEqual([200, "stopped"]);
    expect(stopped.body.status_reason).toMatch(/^Stopped by token:/);
    expect(await codes(null)).toEqual(new Set(["AllAccessDisabled"]));
    expect(await codes(ann)).toEqual(new Set(["AllAccessDisabled"]));
    expect(await codes(account)).toEqual(new Set(["InvalidAccessKeyId"]));
    expect((await api.call(`${path}/${service.id}/stop`, { method: "POST" })).body).toEqual(stopped.body);
    const check = await api.call(`${path}/${service.id}/health-check`, { method: "POST" });
    expect(check.body).toMatchObject({ status: "down", reason: "It is stopped." });

    const started = await api.call(`${path}/${service.id}/start`, { method: "POST" });
    expect([started.body.status, started.body.status_reason]).toEqual(["running", null]);
    expect(await codes(null)).toEqual(new Set([200]));
    expect((await s3().call({ path: "/stop-bucket/k", account })).text).toBe("kept");
    expect((await api.call(`${path}/${service.id}/start`, { method: "POST" })).status).toBe(200);
  });

  test("has two root keys for a while when it is rotated", async () => {
    const { body: service } = await createService(api, "rotating");
    const before = await rootOf(api, service.id);
    const rotate = (json: object) => api.call(`${path}/${service.id}/rotate`, { method: "POST", json });

    const { status, body } = await rotate({ grace_seconds: 3 });
    const after = await rootOf(api, service.id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ previous_access_key: before.accessKeyId, service: { access_key: after.accessKeyId } });
    expect(after.accessKeyId).not.toBe(before.accessKeyId);
    expect((await s3().call({ path: "/", account: before })).status).toBe(200);
    expect((await s3().call({ path: "/", account: after })).status).toBe(200);
    await expect
      .poll(async () => (await s3().call({ path: "/", account: before })).code, { timeout: 6000 })
      .toBe("InvalidAccessKeyId");
    expect(Date.now()).toBeGreaterThanOrEqual(new Date(body.previous_expires_at).getTime());

    expect((await rotate({ access_key: "AKIAOTHER", secret_key: "x" })).body.errors[0].code).toBe(
      "not_for_this_engine",
    );
    await rotate({ grace_seconds: 0 });
    expect((await s3().call({ path: "/", account: after })).code).toBe("InvalidAccessKeyId");
  });

  test("is not deleted while its buckets hold objects, unless that is meant; a dry run names what would go", async () => {
    const { body: service } = await createService(api, "leaving", { buckets: ["leave-a", "leave-b"] });
    const account = await rootOf(api, service.id);
    for (const key of ["k", "a%20b%2Bc", "%01"]) {
      expect((await s3().call({ method: "PUT", path: `/leave-a/${key}`, body: "x", account })).status).toBe(200);
    }
    const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await s3().call({ method: "PUT", path: "/leave-a", query: { versioning: "" }, body: versioning, account });
    await s3().call({ method: "DELETE", path: "/leave-a/k", account });
    await s3().call({ method: "POST", path: "/leave-a/u", query: { uploads: "" }, account });
    const remove = (query: string) => api.call(`${path}/${service.id}${query}`, { method: "DELETE" });

    const dry = await remove("?dry_run=true");
    expect(dry.status).toBe(200);
    expect(dry.body.buckets).toEqual([
      { name: "leave-a", is_empty: false },
      { name: "leave-b", is_empty: true },
    ]);
    expect(dry.body.access_keys).toEqual([account.accessKeyId]);
    expect(dry.body.blockers).toHaveLength(1);
    const refused = await remove("");
    expect([refused.status, refused.body.detail]).toEqual([409, "These buckets are not empty: leave-a."]);

    expect((await remove("?force=true")).status).toBe(204);
    expect((await api.call(`${path}/${service.id}`)).status).toBe(404);
    expect((await s3().call({ path: "/", account })).code).toBe("InvalidAccessKeyId");
    expect((await s3().call({ path: "/leave-a" })).code).toBe("NoSuchBucket");
    expect((await remove("")).status).toBe(404);
  });

  test("is deleted also when it is stopped, and stays as it was when something is locked", async () => {
    const buckets = ["stopped-bucket", "stopped-full"];
    const { body: stopped } = await createService(api, "stopped-leaving", { buckets });
    const owner = await rootOf(api, stopped.id);
    await s3().call({ method: "PUT", path: "/stopped-full/k", body: "x", account: owner });
    await api.call(`${path}/${stopped.id}/stop`, { method: "POST" });
    const leave = (query: string) => api.call(`${path}/${stopped.id}${query}`, { method: "DELETE" });
    expect((await leave("?dry_run=true")).body.buckets.map((one: { is_empty: boolean }) => one.is_empty)).toEqual([
      true,
      false,
    ]);
    expect((await leave("")).body.detail).toBe("These buckets are not empty: stopped-full.");
    expect((await s3().call({ path: "/stopped-bucket" })).code).toBe("AllAccessDisabled");
    expect((await leave("?force=true")).status).toBe(204);
    expect((await s3().call({ path: "/stopped-bucket" })).code).toBe("NoSuchBucket");

    const { body: service } = await createService(api, "locked");
    const account = await rootOf(api, service.id);
    const headers = { "x-amz-bucket-object-lock-enabled": "true" };
    await s3().call({ method: "PUT", path: "/locked-bucket", headers, account });
    await s3().call({ method: "PUT", path: "/locked-bucket/k", body: "x", account });
    const hold = "<LegalHold><Status>ON</Status></LegalHold>";
    const held = { path: "/locked-bucket/k", query: { "legal-hold": "" }, body: hold, account };
    const contentMd5 = hash("md5", hold, "base64");
    expect((await s3().call({ method: "PUT", ...held, headers: { "content-md5": contentMd5 } })).status).toBe(200);
    const refused = await api.call(`${path}/${service.id}?force=true`, { method: "DELETE" });
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining("object lock")]);
    expect((await api.call(`${path}/${service.id}`)).body.service.status).toBe("running");
    expect((await s3().call({ path: "/locked-bucket/k", account })).status).toBe(200);
  });
});

test("the service of the gateway's first account is there from the start, and stays", async () => {
  const { body } = await api.call(`${path}/1`);
  expect(body.service).toMatchObject({ name: "default", engine: "stave", status: "running" });

  const { status, body: problem } = await api.call(`${path}/1?force=true`, { method: "DELETE" });
  expect([status, problem.code]).toEqual([409, "CONFLICT"]);
});

describe("an external service", () => {
  const external = (parameters: object = {}) => ({
    engine: "external",
    endpoint: gateway.endpoint,
    access_key: ann.accessKeyId,
    secret_key: ann.secretAccessKey,
    ...parameters,
  });

  test("is tried before it is stored, leaves nothing behind there, and keeps its secret sealed", async () => {
    const before = (await s3().call({ path: "/" })).all("Name");
    const { status, body } = await createService(api, "elsewhere", external());

    expect([status, body.status, body.endpoint]).toEqual([201, "running", gateway.endpoint]);
    expect((await s3().call({ path: "/" })).all("Name")).toEqual(before);
    expect((await rootOf(api, body.id)).secretAccessKey).toBe(ann.secretAccessKey);
    expect((await api.call(`${path}/${body.id}/stop`, { method: "POST" })).status).toBe(422);
    const checked = await api.call(`${path}/${body.id}/health-check`, { method: "POST" });
    expect(checked.body).toMatchObject({ status: "operational", checks: [{ status: "operational" }] });

    const wrong = { access_key: ann.accessKeyId, secret_key: "wrong" };
    const rotate = (json: object) => api.call(`${path}/${body.id}/rotate`, { method: "POST", json });
    expect((await rotate(wrong)).body.detail).toContain("SignatureDoesNotMatch");
    expect((await rotate({})).body.code).toBe("INVALID_REQUEST");
    expect((await rotate({ access_key: ann.accessKeyId, secret_key: ann.secretAccessKey })).status).toBe(200);

    expect((await api.call(`${path}/${body.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await s3().call({ path: "/" })).all("Name")).toEqual(before);
  });

  test("is tried in a bucket that is named, for keys that may make none", async () => {
    await s3().call({ method: "PUT", path: "/given" });
    const { status } = await createService(api, "given-bucket", external({ test_bucket: "given" }));

    expect(status).toBe(201);
    expect((await s3().call({ path: "/given", query: { versions: "" } })).all("Key")).toEqual([]);
    const missing = await createService(api, "missing-bucket", external({ test_bucket: "not-there" }));
    expect([missing.status, missing.body.detail]).toEqual([
      422,
      expect.stringMatching(/PutObject failed.*NoSuchBucket/),
    ]);
  });

  test.each<[string, object, RegExp]>([
    ["wrong keys", { secret_key: "wrong" }, /ListBuckets failed.*SignatureDoesNotMatch/],
    ["nobody there", { endpoint: "http://127.0.0.1:1" }, /refused/],
    ["another region", { region: "eu-west-1" }, /failed/],
  ])("is refused with %s", async (_, parameters, detail) => {
    const { status, body } = await createService(api, "wrong", external(parameters));
    expect([status, body.code]).toEqual([422, "UNPROCESSABLE"]);
    expect(body.detail).toMatch(detail);
    expect((await api.call(`${path}/by-slug/wrong`)).status).toBe(404);
  });

  test.each(["ftp://s3.example.com", "http://user:password@s3.example.com", "http://s3.example.com/?x", "not a url"])(
    "is refused at %s",
    async (endpoint) => {
      const { status, body } = await createService(api, "odd", external({ endpoint }));
      expect([status, body.errors[0].pointer]).toEqual([400, "/parameters/endpoint"]);
    },
  );

  test("is refused when it sends its clients elsewhere", async () => {
    const server = createServer((_, response) => {
      response.writeHead(302, { location: `${gateway.endpoint}/` }).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status, body } = await createService(api, "elsewhere-again", external({ endpoint }));
    expect([status, body.detail]).toEqual([422, expect.stringContaining("ListBuckets failed")]);
    server.close();
    server.closeAllConnections();
  });

  test("security S27: is refused at private addresses, also behind a name, unless the operator allows them", async () => {
    const careful = await startApi(gateway, { token: api.token });
    try {
      const before = gateway.log().length;
      for (const host of [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.169.254",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "2130706433",
      ]) {
        const endpoint = `http://${host}:${gateway.port}`;
        const { status, body } = await createService(careful, "inside", external({ endpoint }));
        expect([host, status, body.code]).toEqual([host, 422, "UNPROCESSABLE"]);
        expect(body.detail).toMatch(/not (a )?public/);
      }
      expect(gateway.log().slice(before)).not.toContain("ListBuckets");
    } finally {
      await careful.stop();
    }
  });
});

describe("health", () => {
  test("is looked at without being asked, shown at once for many, and is unknown for nobody's ids", async () => {
    const { body: one } = await createService(api, "healthy");
    await expect
      .poll(async () => (await api.call(`${path}/${one.id}/health`)).body.healthy, { timeout: 10_000 })
      .toBe(true);

    const { body: batch } = await api.call(`${path}/health-status-batch?ids=${one.id},1,99999`);
    expect(batch.map(({ service_id }: { service_id: number }) => service_id).toSorted()).toEqual(
      [1, one.id].toSorted(),
    );
    expect(batch[0]).toMatchObject({ status: "operational", uptime_24h_percent: 100, reason: null });
    expect((await api.call(`${path}/health-status-batch?ids=1,`)).status).toBe(400);
    expect((await api.call(`${path}/99999/health`)).status).toBe(404);
    const { body: status } = await api.call(`${path}/${one.id}/health-status?limit=1`);
    expect(status.checks).toHaveLength(1);
  });

  test("is down with its reason when nobody answers, with an alert after three failures and a notice of recovery", async () => {
    const other = await startGateway({ workers: 1 });
    const parameters = { engine: "external", endpoint: other.endpoint, access_key: ann.accessKeyId };
    const { body: service } = await createService(api, "falling", { ...parameters, secret_key: ann.secretAccessKey });
    const check = async () => (await api.call(`${path}/${service.id}/health-check`, { method: "POST" })).body;
    await other.kill();

    const first = await check();
    expect(first).toMatchObject({ status: "down", reason: expect.stringContaining("refused") });
    await check();
    await check();
    const events = await readEvents(0, (text) => text.includes("event: service:alert"));
    expect(events).toContain(`"name":"falling","status":"down"`);
    expect((await api.call(`${path}/${service.id}`)).body.service.status).toBe("running");
    await api.call(`${path}/${service.id}`, { method: "DELETE" });
  }, 20_000);
});

/** What is streamed after an event until it is enough. */
async function readEvents(after: number, isEnough: (text: string) => boolean, token = api.token): Promise<string> {
  const controller = new AbortController();
  const response = await fetch(`${api.endpoint}/api/events?after=${after}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.any([controller.signal, AbortSignal.timeout(10_000)]),
  });
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (isEnough(text)) break;
  }
  controller.abort();
  return text;
}

describe("jobs and events", () => {
  test("a job is listed with its steps and how it ended; one that has ended is not called off", async () => {
    const { body: service } = await createService(api, "with-job");
    const { body } = await api.call(`/api/jobs?subject=service:${service.id}`);

    expect(body.data).toHaveLength(1);
    const [job] = body.data;
    expect(job).toMatchObject({ type: "service:create", state: "completed", result: { serviceId: service.id } });
    expect(job.steps.map(({ state }: { state: string }) => state)).toEqual(["done", "done", "done", "done"]);
    expect((await api.call(`/api/jobs/${job.id}`)).body.data).toEqual({ ...job, log: [] });
    const cancelled = await api.call(`/api/jobs/${job.id}/cancel`, { method: "POST" });
    expect([cancelled.status, cancelled.body.code]).toEqual([409, "CONFLICT"]);
    expect((await api.call("/api/jobs/none")).status).toBe(404);
    expect((await api.call("/api/jobs?cursor=%00")).status).toBe(400);
  });

  test("pages of jobs hold each once", async () => {
    const all = (await api.call("/api/jobs?limit=1000")).body.data.map(({ id }: { id: string }) => id);
    const paged: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body } = await api.call(`/api/jobs?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      paged.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(all);
  });

  test("events come as things happen, also those of another process, and go on where a client was cut off", async () => {
    const second = await startApi(gateway, { token: api.token });
    try {
      const started = readEvents(Number.MAX_SAFE_INTEGER, (text) => text.includes(`"name":"seen"`));
      await sleep(300); // the stream is open: what comes now comes by itself
      await createService(second, "seen");
      const text = await started;
      expect(text).toContain("event: reset");
      expect(text).toMatch(/id: \d+\nevent: service\ndata: \{.*"name":"seen","status":"creating"/);

      const last = Number(/id: (\d+)\nevent: service\n/.exec(text)?.[1]);
      const next = await readEvents(last, (more) => more.includes(`"state":"completed"`));
      expect(Number(/id: (\d+)/.exec(next)?.[1])).toBe(last + 1);
    } finally {
      await second.stop();
    }
  });

  test("a stream ends when the api stops, at once", async () => {
    const second = await startApi(gateway, { token: api.token });
    const response = await fetch(`${second.endpoint}/api/events`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    const reader = response.body?.getReader();
    await reader?.read();
    const startedMs = Date.now();

    expect(await second.stop()).toBe(0);

    expect(Date.now() - startedMs).toBeLessThan(3000);
    await reader?.cancel().catch(() => {});
  });

  test.each(["x", "-1", "1.5"])("Last-Event-ID %s is refused", async (id) => {
    const { status } = await api.call("/api/events", { headers: { "last-event-id": id } });
    expect(status).toBe(400);
  });
});

describe("security S29: a caller", () => {
  /** A token that may do only this. */
  const tokenFor = async (...permissions: readonly string[]): Promise<string> => {
    const { token, tokenHash } = createApiToken();
    await changeKeys(gateway, async (_, { database }) => {
      const created = { tokenHash, name: permissions.join(), permissions, createdAt: new Date() };
      await database.as("test").apiTokens.insert(created);
    });
    return token;
  };

  test("does only what his token is for", async () => {
    const token = await tokenFor("services:read");
    const routes: [string, string, object?][] = [
      ["POST", path, { name: "x", service_type: "s3" }],
      ["PUT", `${path}/1`, {}],
      ["DELETE", `${path}/1`],
      ["POST", `${path}/1/start`],
      ["POST", `${path}/1/stop`],
      ["POST", `${path}/1/rotate`, {}],
      ["POST", `${path}/1/health-check`],
      ["GET", `${path}/1/parameters/secret_key`],
      ["GET", "/api/jobs"],
      ["POST", "/api/jobs/x/cancel"],
    ];
    for (const [method, route, json] of routes) {
      const { status, body } = await api.call(route, { method, token, ...(json && { json }) });
      expect([method, route, status, body.code]).toEqual([method, route, 403, "PERMISSION_DENIED"]);
    }
    for (const route of [path, `${path}/1`, "/api/usage", `${path}/1/health-status`]) {
      expect([route, (await api.call(route, { token })).status]).toEqual([route, 200]);
      expect([route, (await api.call(route, { token: null })).status]).toEqual([route, 401]);
    }
    expect((await api.call("/api/events", { token: null })).status).toBe(401);
  });

  test("sees events only of what he may read", async () => {
    const token = await tokenFor("services:read");
    await createService(api, "watched");

    const text = await readEvents(0, (seen) => seen.includes(`"name":"watched","status":"running"`), token);

    expect(text).not.toContain("event: job");
  });

  test("shows no secret that cannot be written down", async () => {
    const database = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
    database.exec("create trigger refuse before insert on audit begin select raise(abort, 'no room'); end");
    try {
      const { status, body } = await api.call(`${path}/1/parameters/secret_key`);
      expect([status, body.code, body.value]).toEqual([500, "INTERNAL_ERROR", undefined]);
    } finally {
      database.exec("drop trigger refuse");
      database.close();
    }
    expect((await api.call(`${path}/1/parameters/secret_key`)).status).toBe(200);
  });
});

test("a thousand services are listed in no time", async () => {
  await changeKeys(gateway, async (_, { database }) => {
    const { services } = database.as("test");
    const plain = { engine: "stave", status: "pending", region: "us-east-1", parameters: {} } as const;
    for (let at = 0; at < 1000; at += 1) await services.insert({ ...plain, name: `many ${at}`, slug: `many-${at}` });
  });
  const list = async (): Promise<number> => {
    const before = await cpuMsOf(api.child.pid);
    const { body } = await api.call(`${path}?page_size=1000`);
    expect(body).toHaveLength(1000);
    return (await cpuMsOf(api.child.pid)) - before;
  };

  const rounds = 5;
  let spentMs = 0;
  for (let round = 0; round < rounds; round += 1) spentMs += await list();

  expect(spentMs / rounds).toBeLessThanOrEqual(50);
  const second = await api.call(`${path}?page=2&page_size=10`);
  expect(second.body.map(({ id }: { id: number }) => id)).not.toContain(1);
}, 60_000);

/** Of all its threads, as the system counts. */
async function cpuMsOf(pid = 0): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

test("types, schemas and providers are those that there are", async () => {
  expect((await api.call(`${path}/types`)).body).toEqual(["s3"]);
  const { body: schema } = await api.call(`${path}/types/s3/parameters?engine=external`);
  expect(schema.required).toEqual(expect.arrayContaining(["endpoint", "access_key", "secret_key"]));
  expect(schema.properties.secret_key.writeOnly).toBe(true);
  const { body: ofRustfs } = await api.call(`${path}/types/s3/parameters?engine=rustfs`);
  expect(Object.keys(ofRustfs.properties)).toContain("console_port");
  expect(ofRustfs.readonly).not.toContain("console_port");
  expect(ofRustfs.readonly).toContain("memory_mb");
  expect((await api.call(`${path}/types/nfs/parameters`)).status).toBe(404);
  const { body: providers } = await api.call(`${path}/providers/metadata`);
  expect(providers[0].engines.map(({ engine }: { engine: string }) => engine)).toContain("external");
  expect((await api.call(`${path}/providers/metadata/s3`)).body).toEqual(providers[0]);
});
