import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { addPerson, cookieOf, password, signIn } from "./support/people.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
let lastAddress = 0;
/** Each client has an address of its own, so that no test uses up the tries of another. */
const elsewhere = () => {
  lastAddress += 1;
  return { "x-forwarded-for": `203.0.113.${lastAddress}` };
};
const codes = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway, { args: ["--trusted-proxies", "127.0.0.1"] });
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

test("the administrator token of the first start makes the first user, once", async () => {
  const json = { email: "Root@example.com", name: "Root", password };
  const setUp = (token?: string | null) =>
    api.call("/api/setup", { method: "POST", json, ...(token !== undefined && { token }) });
  expect((await api.call("/api/status")).body.data.isSetUp).toBe(false);
  expect(codes(await setUp(null))).toEqual([401, "UNAUTHENTICATED"]);

  const answers = await Promise.all([setUp(), setUp(), setUp()]);

  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  expect(answers.find(({ status }) => status === 201)?.body.data).toEqual({
    id: expect.any(String),
    email: "root@example.com",
    name: "Root",
    role: "admin",
    signsInWith: "password",
    isDisabled: false,
    createdAt: expect.any(String),
  });
  expect((await api.call("/api/status")).body.data.isSetUp).toBe(true);
  expect(codes(await setUp())).toEqual([409, "CONFLICT"]);
});

describe("signing in", () => {
  test("answers a cookie that scripts cannot read, and who it is", async () => {
    const answer = await signIn(api, "ROOT@example.com", password, elsewhere());

    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^stave_session=[\w-]{43}; Path=\/api; HttpOnly; SameSite=Lax; Max-Age=604800$/),
    ]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const cookie = cookieOf(answer);
    const who = await api.call("/api/session", { token: null, headers: { cookie } });
    expect(who.body).toEqual(answer.body);
    expect(who.body.data).toMatchObject({ kind: "session", user: { email: "root@example.com" } });
    expect(JSON.stringify(answer.body)).not.toContain(cookie.split("=")[1]);
  });

  test("over TLS the cookie is for TLS only", async () => {
    const headers = { ...elsewhere(), "x-forwarded-proto": "https" };
    const answer = await signIn(api, "root@example.com", password, headers);
    expect(answer.headers.getSetCookie()[0]).toMatch(/; Secure$/);
  });

  test("security S35: an unknown address and a wrong password are refused alike", async () => {
    const unknown = await signIn(api, "nobody@example.com", password, elsewhere());
    const wrong = await signIn(api, "root@example.com", "not the password", elsewhere());

    const plain = ({ status, body }: typeof wrong) => [status, { ...body, requestId: "" }];
    expect(plain(wrong)).toEqual(plain(unknown));
    expect(codes(wrong)).toEqual([401, "UNAUTHENTICATED"]);
    expect(wrong.headers.getSetCookie()).toEqual([]);
  });

  test("is refused for a page of somebody else", async () => {
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }]) {
      const answer = await signIn(api, "root@example.com", password, { ...elsewhere(), ...headers });
      expect(codes(answer)).toEqual([403, "ORIGIN_REFUSED"]);
    }
  });

  test("is refused after ten wrong passwords from one address, for every account", async () => {
    const headers = elsewhere();
    for (let count = 0; count < 10; count += 1) {
      expect((await signIn(api, `somebody${count}@example.com`, "wrong", headers)).status).toBe(401);
    }
    const answer = await signIn(api, "root@example.com", password, headers);

    expect(codes(answer)).toEqual([429, "TOO_MANY_REQUESTS"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer.headers.get("ratelimit")).toContain('"login"; r=0');
    expect((await signIn(api, "root@example.com", password, elsewhere())).status).toBe(200);
  });

  test.each(["victim@example.com", "nobody-here@example.com"])(
    "is refused after ten wrong passwords for %s from anywhere",
    async (email) => {
      if (email.startsWith("victim")) await addPerson(api, "viewer", "victim");
      for (let count = 0; count < 10; count += 1) {
        expect((await signIn(api, email, "wrong", elsewhere())).status).toBe(401);
      }
      const answer = await signIn(api, email, password, elsewhere());
      expect(codes(answer)).toEqual([429, "TOO_MANY_REQUESTS"]);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    },
  );
});

describe("a session", () => {
  test.each([
    ["no origin at all", {}],
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["a sibling", { "sec-fetch-site": "same-site" }],
    ["another origin", { origin: "https://evil.example" }],
    ["an opaque origin", { origin: "null" }],
    ["another site that has our origin", { "sec-fetch-site": "cross-site", origin: "OWN" }],
  ])("changes nothing for %s", async (_, given) => {
    const cookie = cookieOf(await signIn(api, "root@example.com", password, elsewhere()));
    const headers = { cookie, ...given, ...("origin" in given && given.origin === "OWN" && { origin: api.endpoint }) };
    const answer = await api.call("/api/session", { method: "DELETE", token: null, headers });

    expect(codes(answer)).toEqual([403, "ORIGIN_REFUSED"]);
    expect((await api.call("/api/session", { token: null, headers: { cookie } })).status).toBe(200);
  });

  test.each(["sec-fetch-site", "origin"])("is ended by its own page, which %s shows", async (name) => {
    const cookie = cookieOf(await signIn(api, "root@example.com", password, elsewhere()));
    const headers = { cookie, [name]: name === "origin" ? api.endpoint : "same-origin" };
    const answer = await api.call("/api/session", { method: "DELETE", token: null, headers });

    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^stave_session=; .*Max-Age=0/);
    expect(codes(await api.call("/api/session", { token: null, headers: { cookie } }))).toEqual([
      401,
      "UNAUTHENTICATED",
    ]);
  });

  test("of two cookies none is believed", async () => {
    const cookie = cookieOf(await signIn(api, "root@example.com", password, elsewhere()));
    const twice = `${cookie}; stave_session=${"x".repeat(43)}`;
    expect((await api.call("/api/session", { token: null, headers: { cookie: twice } })).status).toBe(401);
  });

  test("ends after twelve hours without use, and after seven days; only its hash is stored", async () => {
    const cookie = cookieOf(await signIn(api, "root@example.com", password, elsewhere()));
    const read = async () => (await api.call("/api/session", { token: null, headers: { cookie } })).status;
    const database = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"));
    const hours = (count: number) => new Date(Date.now() + count * 60 * 60 * 1000).toISOString();
    const change = database.prepare("update session set created_at = ?, expires_at = ? where created_at = ?");
    const [row] = database.prepare("select * from session order by created_at desc").all();
    expect(JSON.stringify(row)).not.toContain(cookie.split("=")[1]);
    expect(Date.parse(String(row?.expires_at)) - Date.parse(String(row?.created_at))).toBe(12 * 60 * 60 * 1000);

    change.run(hours(-160), hours(1), row?.created_at ?? "");
    expect(await read()).toBe(200);
    const [used] = database.prepare("select * from session order by created_at").all();
    expect(Date.parse(String(used?.expires_at)) - Date.now()).toBeLessThan(8 * 60 * 60 * 1000 + 1000);
    change.run(hours(-160), hours(-0.01), used?.created_at ?? "");
    expect(await read()).toBe(401);
    database.close();
  });

  test("of somebody who is disabled, or whose password changes, ends at once", async () => {
    for (const change of [{ isDisabled: true }, { password: "another long password" }]) {
      const person = await addPerson(api, "member", `ending-${Object.keys(change)}`);
      expect((await person.call("/api/session")).status).toBe(200);
      await api.call(`/api/users/${person.id}`, { method: "PATCH", json: change });
      expect((await person.call("/api/session")).status).toBe(401);
      const again = await signIn(api, person.email, password, elsewhere());
      expect(codes(again)).toEqual([401, "UNAUTHENTICATED"]);
    }
  });

  test("changes its own password with the present one, and ends", async () => {
    const person = await addPerson(api, "viewer", "changing");
    const change = (currentPassword: string) =>
      person.call("/api/session/password", {
        method: "PUT",
        json: { currentPassword, newPassword: "a new long password" },
      });

    expect(codes(await change("wrong"))).toEqual([422, "UNPROCESSABLE"]);
    expect((await change(password)).status).toBe(204);
    expect((await person.call("/api/session")).status).toBe(401);
    expect((await signIn(api, person.email, "a new long password", elsewhere())).status).toBe(200);
    const json = { currentPassword: password, newPassword: password };
    expect(codes(await api.call("/api/session/password", { method: "PUT", json }))).toEqual([409, "CONFLICT"]);
  });
});

describe("users", () => {
  test("are listed in pages, read, changed with their ETag, and removed", async () => {
    const person = await addPerson(api, "viewer", "somebody");
    const pages: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body } = await api.call(`/api/users?limit=2${cursor && `&cursor=${cursor}`}`);
      pages.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(pages).toContain(person.id);
    expect(new Set(pages).size).toBe(pages.length);
    expect(codes(await api.call("/api/users?cursor=x"))).toEqual([400, "INVALID_REQUEST"]);

    const path = `/api/users/${person.id}`;
    const etag = (await api.call(path)).headers.get("etag") ?? "";
    const patch = (json: object) => api.call(path, { method: "PATCH", json, headers: { "if-match": etag } });
    expect((await patch({ role: "member" })).body.data).toMatchObject({ role: "member", name: "somebody" });
    expect(codes(await patch({ role: "viewer" }))).toEqual([412, "PRECONDITION_FAILED"]);
    expect((await person.call("/api/session")).body.data.user.role).toBe("member");

    expect((await api.call(path, { method: "DELETE" })).status).toBe(204);
    expect(codes(await api.call(path, { method: "DELETE" }))).toEqual([404, "NOT_FOUND"]);
    expect((await person.call("/api/session")).status).toBe(401);
  });

  test.each([
    ["a short password", { password: "eleven char" }, "/password"],
    ["a long password", { password: "x".repeat(1025) }, "/password"],
    ["a password of too many bytes", { password: "\u{1f511}".repeat(257) }, "/password"],
    ["no address", { email: "nobody" }, "/email"],
    ["an unknown role", { role: "root" }, "/role"],
  ])("with %s are refused", async (_, change, pointer) => {
    const json = { email: "x@example.com", name: "x", role: "viewer", password, ...change };
    const { status, body } = await api.call("/api/users", { method: "POST", json });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, pointer]);
    expect(JSON.stringify(body)).not.toContain(json.password);
  });

  test("with an address that is taken are refused", async () => {
    const json = { email: "ROOT@example.com", name: "x", role: "viewer", password };
    expect(codes(await api.call("/api/users", { method: "POST", json }))).toEqual([409, "CONFLICT"]);
  });

  test("the last admin stays", async () => {
    const { body } = await api.call("/api/users?limit=1000");
    const admins = body.data.filter(({ role }: { role: string }) => role === "admin");
    expect(admins).toHaveLength(1);
    const path = `/api/users/${admins[0].id}`;
    expect(codes(await api.call(path, { method: "DELETE" }))).toEqual([409, "CONFLICT"]);
    for (const json of [{ role: "member" }, { isDisabled: true }]) {
      expect(codes(await api.call(path, { method: "PATCH", json }))).toEqual([409, "CONFLICT"]);
    }
  });
});

describe("security S28: nobody gives more than they have", () => {
  test("who may decide about people, but not everything, makes and changes no admin", async () => {
    const made = await api.call("/api/tokens", {
      method: "POST",
      json: { name: "people only", permissions: ["users:read", "users:write"] },
    });
    const { token } = made.body.data;
    const json = { email: "evil@example.com", name: "x", password };
    for (const role of ["admin", "member", "viewer"]) {
      const answer = await api.call("/api/users", { method: "POST", token, json: { ...json, role } });
      expect(codes(answer)).toEqual([403, "PERMISSION_DENIED"]);
    }
    const { body } = await api.call("/api/users?limit=1000", { token });
    const admin = body.data.find(({ role }: { role: string }) => role === "admin");
    for (const change of [{ password: "my own long password" }, { isDisabled: false }]) {
      const answer = await api.call(`/api/users/${admin.id}`, { method: "PATCH", token, json: change });
      expect(codes(answer)).toEqual([403, "PERMISSION_DENIED"]);
    }
    expect(codes(await api.call(`/api/users/${admin.id}`, { method: "DELETE", token }))).toEqual([
      403,
      "PERMISSION_DENIED",
    ]);
    expect(codes(await api.call("/api/setup", { method: "POST", token, json }))).toEqual([403, "PERMISSION_DENIED"]);
  });
});
