import { permissions, permissionsOfRole } from "@stave/api-contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { addPerson, type Person, password } from "./support/people.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
let member: Person;
let other: Person;
const codes = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const make = (person: Person, json: object) => person.call("/api/tokens", { method: "POST", json });

beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  member = await addPerson(api, "member", "member");
  other = await addPerson(api, "viewer", "other");
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

test("a token works as Authorization and as x-api-key, and is shown once", async () => {
  const made = await make(member, { name: "deploy", permissions: ["services:read", "jobs:read"] });

  expect(made.status).toBe(201);
  expect(made.headers.get("cache-control")).toBe("no-store");
  const { token, ...shown } = made.body.data;
  expect(token).toMatch(/^stave_[\w-]{43}$/);
  for (const headers of [{ authorization: `Bearer ${token}` }, { "x-api-key": token }]) {
    const { body } = await api.call("/api/session", { token: null, headers });
    expect(body.data).toMatchObject({
      kind: "token",
      user: { email: member.email },
      permissions: ["services:read", "jobs:read"],
    });
  }
  const { body } = await member.call("/api/tokens");
  expect(body.data).toEqual([{ ...shown, lastUsedAt: expect.any(String) }]);
  expect(JSON.stringify(body)).not.toContain(token);
});

test("people see and revoke their own tokens, and who decides about people everybody's", async () => {
  const made = await make(other, { name: "of other", permissions: ["services:read"] });
  const { id, token } = made.body.data;

  expect((await member.call("/api/tokens")).body.data.map((one: { id: string }) => one.id)).not.toContain(id);
  expect(codes(await member.call(`/api/tokens/${id}`, { method: "DELETE" }))).toEqual([404, "NOT_FOUND"]);
  expect((await api.call("/api/tokens")).body.data.map((one: { id: string }) => one.id)).toContain(id);
  expect((await other.call(`/api/tokens/${id}`, { method: "DELETE" })).status).toBe(204);
  expect(codes(await api.call("/api/session", { token }))).toEqual([401, "UNAUTHENTICATED"]);
  expect(codes(await other.call(`/api/tokens/${id}`, { method: "DELETE" }))).toEqual([404, "NOT_FOUND"]);
});

test("the only token that can administer the server stays while there is no admin", async () => {
  const [first] = (await api.call("/api/tokens")).body.data.filter(({ userId }: { userId: null }) => userId === null);
  expect(codes(await api.call(`/api/tokens/${first.id}`, { method: "DELETE" }))).toEqual([409, "CONFLICT"]);
});

describe("security S8: a token is never more than who has made it", () => {
  test("nobody gives a permission that they do not have", async () => {
    const answer = await make(member, { name: "x", permissions: ["services:read", "users:write"] });
    expect(codes(answer)).toEqual([403, "PERMISSION_DENIED"]);
    expect(answer.body.detail).toContain("users:write");
  });

  test("a token makes no tokens, unless it decides about people", async () => {
    const all = permissionsOfRole.member;
    const { token } = (await make(member, { name: "all of it", permissions: all })).body.data;
    const json = { name: "child", permissions: ["services:read"] };
    expect(codes(await api.call("/api/tokens", { method: "POST", token, json }))).toEqual([403, "PERMISSION_DENIED"]);
  });

  test("a token that expires makes none that lives longer", async () => {
    const expiresAt = new Date(Date.now() + 60 * 60 * 1000).toISOString();
    const short = { name: "short", permissions: ["users:write", "services:read"], expiresAt };
    const { token } = (await api.call("/api/tokens", { method: "POST", json: short })).body.data;
    const child = (json: object) =>
      api.call("/api/tokens", { method: "POST", token, json: { name: "c", permissions: ["services:read"], ...json } });

    expect((await child({})).body.data.expiresAt).toBe(expiresAt);
    expect(codes(await child({ expiresAt: "2999-01-01T00:00:00.000Z" }))).toEqual([422, "UNPROCESSABLE"]);
    expect(codes(await child({ expiresAt: "2000-01-01T00:00:00.000Z" }))).toEqual([422, "UNPROCESSABLE"]);
    expect(codes(await child({ permissions: ["audit:read"] }))).toEqual([403, "PERMISSION_DENIED"]);
  });

  test("a token loses what its user loses, at once", async () => {
    const person = await addPerson(api, "member", "demoted");
    const { token } = (await make(person, { name: "x", permissions: ["services:read", "services:write"] })).body.data;
    const change = (json: object) => api.call(`/api/users/${person.id}`, { method: "PATCH", json });
    const given = async () => (await api.call("/api/session", { token })).body.data.permissions;

    expect(await given()).toEqual(["services:read", "services:write"]);
    await change({ role: "viewer" });
    expect(await given()).toEqual(["services:read"]);
    await change({ isDisabled: true });
    expect(codes(await api.call("/api/session", { token }))).toEqual([401, "UNAUTHENTICATED"]);
    await change({ isDisabled: false });
    await api.call(`/api/users/${person.id}`, { method: "DELETE" });
    expect(codes(await api.call("/api/session", { token }))).toEqual([401, "UNAUTHENTICATED"]);
  });
});

describe("Idempotency-Key", () => {
  const json = { name: "once", permissions: ["services:read"] };
  const create = (key: string, body: object = json, token?: string) =>
    api.call("/api/tokens", {
      method: "POST",
      json: body,
      headers: { "idempotency-key": key },
      ...(token !== undefined && { token }),
    });
  const count = async () => (await api.call("/api/tokens")).body.data.length;

  test("the same request gets the same answer with its secret, also in another process, and nothing is done twice", async () => {
    const before = await count();
    const first = await create("key-1");
    const second = await startApi(gateway, { token: api.token });
    const elsewhere = await second.call("/api/tokens", {
      method: "POST",
      json: { permissions: ["services:read"], name: "once" },
      headers: { "idempotency-key": "key-1" },
    });
    await second.stop();

    expect([first.status, elsewhere.status]).toEqual([201, 201]);
    expect(elsewhere.body).toEqual(first.body);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect(elsewhere.headers.get("idempotency-replayed")).toBe("true");
    expect(elsewhere.headers.get("cache-control")).toBe("no-store");
    expect(await count()).toBe(before + 1);
  });

  test("of many requests at once one is done; the others wait or get its answer", async () => {
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create("key-2")));

    for (const answer of answers) expect([201, 409]).toContain(answer.status);
    const done = answers.filter(({ status }) => status === 201);
    expect(new Set(done.map(({ body }) => body.data.token)).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expect(answer.body.code).toBe("IDEMPOTENCY_KEY_IN_USE");
    }
    expect(await count()).toBe(before + 1);
  });

  test("another request with the key is refused", async () => {
    expect((await create("key-3")).status).toBe(201);
    expect(codes(await create("key-3", { ...json, name: "other" }))).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    const user = { email: "key@example.com", name: "x", role: "viewer", password };
    const answer = await api.call("/api/users", {
      method: "POST",
      json: user,
      headers: { "idempotency-key": "key-3" },
    });
    expect(codes(answer)).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
  });

  test("a key belongs to who has sent it", async () => {
    const { token } = (await create("key-4", { name: "another", permissions })).body.data;
    const answer = await create("key-4", { name: "another", permissions }, token);
    expect(answer.headers.get("idempotency-replayed")).toBeNull();
    expect(answer.body.data.token).not.toBe(token);
  });

  test("after an error the key may be used again", async () => {
    expect(codes(await create("key-5", { ...json, expiresAt: "2000-01-01T00:00:00Z" }))).toEqual([
      422,
      "UNPROCESSABLE",
    ]);
    expect((await create("key-5")).status).toBe(201);
  });

  test("who may not do it gets no kept answer", async () => {
    expect((await create("key-6")).status).toBe(201);
    const headers = { "idempotency-key": "key-6" };
    const answer = await api.call("/api/tokens", { method: "POST", json, headers, token: null });
    expect(codes(answer)).toEqual([401, "UNAUTHENTICATED"]);
  });

  test.each(["", "x".repeat(256), "a key with spaces"])("the key %j is refused", async (key) => {
    expect(codes(await create(key))).toEqual([400, "INVALID_REQUEST"]);
  });
});
