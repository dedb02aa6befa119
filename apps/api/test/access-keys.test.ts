import { join } from "node:path";
import type { Permission } from "@stave/api-contract";
import { type ControlDatabase, openControlDatabase } from "@stave/control-database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createS3Client, objectPath, type S3Client } from "../../gateway/test/support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createApiToken } from "../src/auth/api-token.ts";
import { type ApiCall, startApi, type TestApi } from "./support/start-api.ts";

const path = "/api/storage/s3/access-keys";
const behindProxy = { args: ["--trusted-proxies", "127.0.0.1"] };

let gateway: TestGateway;
let api: TestApi;
let other: TestApi;
let database: ControlDatabase;
let s3: S3Client;
let addresses = 0;

beforeAll(async () => {
  gateway = await startGateway();
  api = await startApi(gateway, behindProxy);
  other = await startApi(gateway, { ...behindProxy, token: api.token });
  database = await openControlDatabase({ at: { file: join(gateway.dataDirectory, "control.sqlite") } });
  s3 = createS3Client(gateway);
  for (const bucket of ["photos", "music"]) await s3.call({ method: "PUT", path: `/${bucket}` });
  await s3.call({ method: "PUT", path: "/photos/2026/a", body: "hello" });
}, 30_000);
afterAll(async () => {
  await database?.close();
  await Promise.all([api?.stop(), other?.stop()]);
  await gateway?.stop();
});

/** Each call from an address of its own, so that the limit is not what a test sees. */
function call(at: string, options: ApiCall = {}, from = api) {
  addresses += 1;
  const forwarded = { "x-forwarded-for": `198.51.${Math.floor(addresses / 250)}.${addresses % 250}` };
  return from.call(at, { ...options, headers: { ...options.headers, ...forwarded } });
}

const create = (json: object = {}, from = api) => call(path, { method: "POST", json }, from);

async function tokenWith(...granted: readonly Permission[]): Promise<string> {
  const { token, tokenHash } = createApiToken();
  const name = granted.join(" ");
  await database.as("test").apiTokens.insert({ tokenHash, name, permissions: granted, createdAt: new Date() });
  return token;
}

type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
const accountOf = (pair: Pair) => ({ ...ann, ...pair });
const get = (pair: Pair, at: string) => s3.call({ path: at, account: accountOf(pair) });

test("a key is issued in the shape of the seed, opens every bucket, and its secret is shown this once", async () => {
  const { status, headers, body } = await create({ description: "backup-script" });

  expect(status).toBe(201);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(body).toEqual({
    data: {
      id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
      accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: expect.stringMatching(/^[A-Za-z\d+/]{40}$/),
      description: "backup-script",
      scope: null,
      project: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      expiresAt: null,
      lastUsedAt: null,
      replacedBy: null,
    },
  });
  expect((await get(body.data, "/photos/2026/a")).text).toBe("hello");
  const put = { method: "PUT", path: "/music/new", body: "x", account: accountOf(body.data) };
  expect((await s3.call(put)).status).toBe(200);

  const { secretAccessKey, ...shown } = body.data;
  const list = await call(path);
  expect(list.body.data[0]).toEqual(shown);
  const audit = await database.audit.list();
  const everything = JSON.stringify([list.body, audit]) + api.log() + other.log() + gateway.log();
  expect(everything).not.toContain(secretAccessKey);
  expect(audit.find(({ subject }) => subject === shown.accessKeyId)).toMatchObject({
    action: "access-key:create",
    actor: "token:administrator",
    details: { id: shown.id, description: "backup-script" },
  });
});

test("also with x-api-key; lists are newest first, and go on where a page ended", async () => {
  const made = [];
  for (const description of ["1", "2", "3"]) {
    const headers = { "x-api-key": api.token };
    made.push((await call(path, { method: "POST", headers, token: null, json: { description } })).body.data.id);
  }

  const first = await call(`${path}?limit=2`);
  const second = await call(`${path}?limit=2&cursor=${first.body.nextCursor}`);

  const ids = [...first.body.data, ...second.body.data].map(({ id }) => id);
  expect(ids.slice(0, 3)).toEqual(made.toReversed());
  expect(new Set(ids).size).toBe(ids.length);
  const all = await call(`${path}?limit=1000`);
  expect([all.body.nextCursor, all.body.data.length]).toEqual([null, expect.any(Number)]);
  expect((await call(`${path}?cursor=abc`)).body.code).toBe("INVALID_REQUEST");
});

test("a key that was deleted opens nothing from the next request on, and is gone", async () => {
  const { data } = (await create()).body;
  expect((await get(data, "/photos/2026/a")).status).toBe(200);

  expect((await call(`${path}/${data.id}`, { method: "DELETE" })).status).toBe(204);

  expect((await get(data, "/photos/2026/a")).code).toBe("InvalidAccessKeyId");
  expect((await call(`${path}?limit=1000`)).body.data.map(({ id }: { id: string }) => id)).not.toContain(data.id);
  const again = await call(`${path}/${data.id}`, { method: "DELETE" });
  expect([again.status, again.body.code]).toEqual([404, "S3_ACCESS_KEY_NOT_FOUND"]);
});

test.each(["11111111-1111-1111-1111-111111111111", "x"])("a key %s that never was is not found", async (id) => {
  for (const [method, at] of [
    ["DELETE", `${path}/${id}`],
    ["POST", `${path}/${id}/rotate`],
  ] as const) {
    const { status, body } = await call(at, { method, ...(method === "POST" && { json: {} }) });
    expect([status, body.code]).toEqual([404, "S3_ACCESS_KEY_NOT_FOUND"]);
  }
});

describe("what is no key", () => {
  test.each<[string, object, number, string]>([
    ["a long description", { description: "x".repeat(201) }, 400, "INVALID_REQUEST"],
    ["a description with a line break", { description: "a\nb" }, 400, "INVALID_REQUEST"],
    ["an unknown field", { secret: "mine" }, 400, "UNKNOWN_FIELD"],
    ["a time that has passed", { expiresAt: "2020-01-01T00:00:00Z" }, 422, "UNPROCESSABLE"],
    ["an access that there is not", { scope: { access: "all" } }, 400, "INVALID_REQUEST"],
    ["a bucket by wildcard", { scope: { access: "full", on: { bucket: "***" } } }, 400, "INVALID_REQUEST"],
    ["no network", { scope: { access: "full", sourceNetworks: ["here"] } }, 400, "INVALID_REQUEST"],
    ["a project that there is not", { project: "nothing" }, 404, "NOT_FOUND"],
    ["a scope on a project that there is not", { scope: { access: "full", on: { project: "no" } } }, 404, "NOT_FOUND"],
  ])("%s is refused", async (_, json, status, code) => {
    const answer = await create(json);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("neither is one of a service that is not there, or whose engine makes its own", async () => {
    const { services } = database.as("test");
    const parameters = {};
    const asked = {
      engine: "external",
      status: "running",
      region: "us-east-1",
      endpoint: "http://127.0.0.1:1",
    } as const;
    const { id } = await services.insert({ name: "elsewhere", slug: "elsewhere", parameters, ...asked });

    const missing = await call(`${path}?service=99`, { method: "POST", json: {} });
    expect([missing.status, missing.body.code]).toEqual([404, "NOT_FOUND"]);
    for (const name of [String(id), "elsewhere"]) {
      const { status, body } = await call(`${path}?service=${name}`, { method: "POST", json: {} });
      expect([status, body.code]).toEqual([422, "UNPROCESSABLE"]);
      expect(body.detail).toContain("external");
    }
  });
});

test("a key with a scope and an expiry does what the scope says", async () => {
  const scope = { access: "read-only", on: { bucket: "photos", prefix: "2026/" } };
  const { body } = await create({ scope, expiresAt: "2099-01-01T00:00:00Z" });

  expect(body.data).toMatchObject({ scope, expiresAt: "2099-01-01T00:00:00.000Z" });
  expect((await get(body.data, "/photos/2026/a")).status).toBe(200);
  expect((await get(body.data, "/music/new")).code).toBe("AccessDenied");
  const put = { method: "PUT", path: "/photos/2026/b", body: "x", account: accountOf(body.data) };
  expect((await s3.call(put)).code).toBe("AccessDenied");
});

describe("a key of a project", () => {
  test("opens what the project has, and counts for it", async () => {
    const { projects } = database.as("test");
    const shop = await projects.create({ name: "shop", accountId: ann.id, createdAt: new Date() });
    await projects.addBucket(shop.id, "music");
    const { data } = (await create({ project: "shop", description: "of the shop" })).body;

    expect(data).toMatchObject({ project: shop.id, scope: { access: "full", on: { project: shop.id } } });
    expect((await get(data, "/music/new")).status).toBe(200);
    expect((await get(data, "/photos/2026/a")).code).toBe("AccessDenied");
    const list = await call(`${path}?project=shop`);
    expect(list.body.data.map(({ id }: { id: string }) => id)).toEqual([data.id]);
    const outside = await create({ project: "shop", scope: { access: "full", on: { bucket: "photos" } } });
    expect([outside.status, outside.body.code]).toEqual([422, "UNPROCESSABLE"]);
    const within = await create({ project: shop.id, scope: { access: "read-only", on: { bucket: "music" } } });
    expect(within.body.data).toMatchObject({ project: shop.id, scope: { on: { bucket: "music" } } });
  });

  test("is one of at most 50, however many ask at once in however many processes", async () => {
    await database.as("test").projects.create({ name: "crowd", accountId: ann.id, createdAt: new Date() });

    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => create({ project: "crowd" }, at % 2 === 0 ? api : other)),
    );

    const refused = answers.filter(({ status }) => status !== 201);
    expect(answers.length - refused.length).toBe(50);
    expect(new Set(refused.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
      new Set(["400 S3_ACCESS_KEY_LIMIT_EXCEEDED"]),
    );
    const [made] = answers.filter(({ status }) => status === 201);
    // There is room for what takes the place of another, and what cannot be used makes room.
    const rotated = await call(`${path}/${made?.body.data.id}/rotate`, { method: "POST", json: { graceSeconds: 600 } });
    expect(rotated.status).toBe(201);
    for (const { id } of [made?.body.data, rotated.body.data]) {
      expect((await create({ project: "crowd" })).body.code).toBe("S3_ACCESS_KEY_LIMIT_EXCEEDED");
      expect((await call(`${path}/${id}`, { method: "DELETE" })).status).toBe(204);
    }
    expect((await create({ project: "crowd" })).status).toBe(201);
  }, 30_000);
});

describe("rotation", () => {
  test("makes a key with the same scope; the one before works until the grace has ended, and is replaced once", async () => {
    const scope = { access: "read-only", on: { bucket: "photos" } };
    const before = (await create({ scope, description: "ci" })).body.data;

    const { status, body } = await call(`${path}/${before.id}/rotate`, { method: "POST", json: { graceSeconds: 600 } });

    expect(status).toBe(201);
    expect(body.data).toMatchObject({ scope, description: "ci", expiresAt: null, replacedBy: null });
    expect(body.data.id).not.toBe(before.id);
    for (const pair of [before, body.data]) expect((await get(pair, "/photos/2026/a")).status).toBe(200);
    const listed = (await call(`${path}?limit=1000`)).body.data.find(({ id }: { id: string }) => id === before.id);
    expect(listed.replacedBy).toBe(body.data.accessKeyId);
    expect(Date.parse(listed.expiresAt)).toBeGreaterThan(Date.now());
    const again = await call(`${path}/${before.id}/rotate`, { method: "POST", json: {} });
    expect([again.status, again.body.code]).toEqual([409, "CONFLICT"]);
  });

  test("without grace, the one before is refused at once; of two at the same time one wins", async () => {
    const before = (await create()).body.data;

    const answers = await Promise.all(
      [api, other].map((from) =>
        call(`${path}/${before.id}/rotate`, { method: "POST", json: { graceSeconds: 0 } }, from),
      ),
    );

    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    const winner = answers.find(({ status }) => status === 201)?.body.data;
    expect((await get(winner, "/photos/2026/a")).status).toBe(200);
    expect((await get(before, "/photos/2026/a")).code).toBe("InvalidAccessKeyId");
  });
});

describe("security S8: nobody gets a key that may do more than they", () => {
  const cases: readonly [string, readonly Permission[], string, boolean][] = [
    ["who reads", ["storage:read"], "read-only", true],
    ["who reads", ["storage:read"], "read-write", false],
    ["who writes", ["storage:read", "storage:write"], "read-write", true],
    ["who writes", ["storage:read", "storage:write"], "full", false],
    ["who has nothing to do with storage", [], "read-only", false],
    ["who may all of it", ["storage:read", "storage:write", "storage:admin"], "full", true],
  ];
  test.each(cases)("%s (%j), %s: %j", async (_, granted, access, isAllowed) => {
    const token = await tokenWith("keys:read", "keys:write", ...granted);

    const key = await call(path, { method: "POST", token, json: { scope: { access } } });
    const session = await call("/api/storage/s3/session", { method: "POST", token, json: { scope: { access } } });

    const expected = isAllowed ? [201, undefined] : [403, "PERMISSION_DENIED"];
    expect([key.status, key.body.code]).toEqual(expected);
    expect([session.status, session.body.code]).toEqual(expected);
  });

  test("by leaving the scope out, or by rotating another's", async () => {
    const token = await tokenWith("keys:read", "keys:write", "storage:read");
    const { data } = (await create()).body;

    expect((await call(path, { method: "POST", token, json: {} })).status).toBe(403);
    expect((await call(`${path}/${data.id}/rotate`, { method: "POST", token, json: {} })).status).toBe(403);
    expect((await get(data, "/photos/2026/a")).status).toBe(200);
  });

  test("without keys:write there is no key at all, and without keys:read no list", async () => {
    const token = await tokenWith("storage:read", "storage:write", "storage:admin");

    expect((await call(path, { method: "POST", token, json: {} })).body.code).toBe("PERMISSION_DENIED");
    expect((await call(path, { token })).body.code).toBe("PERMISSION_DENIED");
    expect((await call(path, { token: null })).body.code).toBe("UNAUTHENTICATED");
  });
});

test("one address may issue and delete 20 times in 15 minutes, whoever it is, and look as often as it likes", async () => {
  const headers = { "x-forwarded-for": "203.0.113.7" };
  const ask = (token: string | null = api.token) =>
    api.call(`${path}/none`, { method: "DELETE", headers, token }).then(({ status }) => status);
  for (let count = 0; count < 10; count += 1) expect([await ask(), await ask(null)]).toEqual([404, 401]);

  const refused = await api.call(path, { method: "POST", headers, json: {} });

  expect([refused.status, refused.body.code]).toEqual([429, "TOO_MANY_REQUESTS"]);
  expect(refused.headers.get("ratelimit-policy")).toMatch(/q=20; w=900/);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await api.call(path, { headers })).status).toBe(200);
  expect((await create()).status).toBe(201);
});

test("the configuration says where clients go", async () => {
  const { status, body } = await call("/api/storage/s3/config");

  expect([status, body]).toEqual([200, { data: { endpoint: gateway.endpoint, region: "us-east-1", available: true } }]);
});

describe("a session", () => {
  const ask = (json: object) => call("/api/storage/s3/session", { method: "POST", json });

  test("is a temporary key that does what its scope says, and is on record", async () => {
    const scope = { access: "read-only", on: { bucket: "photos", prefix: "2026/" } };
    const { status, headers, body } = await ask({ scope, durationSeconds: 900 });

    expect([status, headers.get("cache-control")]).toEqual([201, "no-store"]);
    expect(body.data).toEqual({
      accessKeyId: expect.stringMatching(/^ASIA/),
      secretAccessKey: expect.any(String),
      sessionToken: expect.stringMatching(/^st1\./),
      expiresAt: expect.any(String),
    });
    const seconds = (Date.parse(body.data.expiresAt) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(800);
    expect(seconds).toBeLessThanOrEqual(900);
    expect((await get(body.data, "/photos/2026/a")).status).toBe(200);
    expect((await get(body.data, "/photos/2025/a")).code).toBe("AccessDenied");
    expect((await get(body.data, "/music/new")).code).toBe("AccessDenied");
    const audit = await database.audit.list({ action: "session:create" });
    expect(audit[0]?.details).toMatchObject({ accessKeyId: body.data.accessKeyId, scope });
    expect(JSON.stringify(audit)).not.toContain(body.data.secretAccessKey);
  });

  test("opens prefixes in any writing", async () => {
    await s3.call({ method: "PUT", path: objectPath("photos", "фото*/a"), body: "hello" });
    const { body } = await ask({ scope: { access: "read-only", on: { bucket: "photos", prefix: "фото*/" } } });

    expect((await get(body.data, objectPath("photos", "фото*/a"))).status).toBe(200);
    expect((await get(body.data, objectPath("photos", "фотоx/a"))).code).toBe("AccessDenied");
  });

  test.each<[string, object, number]>([
    ["that is too short", { scope: { access: "full" }, durationSeconds: 60 }, 400],
    ["that is too long", { scope: { access: "full" }, durationSeconds: 100_000 }, 400],
    ["without a scope", {}, 400],
    [
      "whose scope does not fit into a token",
      { scope: { access: "full", sourceNetworks: Array.from({ length: 100 }, (_, n) => `2001:db8:${n}:1:1:1:1:1`) } },
      422,
    ],
  ])("%s is refused", async (_, json, status) => {
    expect((await ask(json)).status).toBe(status);
  });
});

test("when a key was used last is shown, as soon as the gateway has written it down", async () => {
  const { data } = (await create({ description: "used" })).body;
  const before = Date.now();
  expect((await get(data, "/photos/2026/a")).status).toBe(200);

  await gateway.stop(); // writes what it has noted

  const shown = (await call(path)).body.data.find(({ id }: { id: string }) => id === data.id);
  expect(Date.parse(shown.lastUsedAt)).toBeGreaterThanOrEqual(before - 1000);
});
