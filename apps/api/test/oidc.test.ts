import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { addPerson, password, signIn } from "./support/people.ts";
import { type ApiAnswer, startApi, type TestApi } from "./support/start-api.ts";
import { client, startProvider, type TestProvider } from "./support/start-provider.ts";

const ownUrl = "http://stave.test:7400";
const callback = `${ownUrl}/api/session/oidc/callback`;
let folder = "";
let gateway: TestGateway;
let provider: TestProvider;
let api: TestApi;
let lastAddress = 0;

/** The browser has a page open, and an address of its own. */
type Browser = { readonly cookies: Map<string, string>; get(path: string, headers?: object): Promise<ApiAnswer> };
function openBrowser(): Browser {
  const cookies = new Map<string, string>();
  lastAddress += 1;
  const address = { "x-forwarded-for": `203.0.113.${lastAddress}` };
  return {
    cookies,
    async get(path, headers = {}) {
      const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
      const answer = await api.call(path, { token: null, headers: { cookie, ...address, ...headers } });
      for (const line of answer.headers.getSetCookie()) {
        const [name = "", value = ""] = line.split(";")[0]?.split("=") ?? [];
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    },
  };
}

const locationOf = (answer: ApiAnswer) => answer.headers.get("location") ?? "";
const codes = ({ status, body }: ApiAnswer) => [status, body.code];

/** From the button to the answer that ends it. */
async function signInAs(subject: string, { browser = openBrowser(), path = "/api/session/oidc" } = {}) {
  const begun = await browser.get(path);
  const back = await provider.signIn(locationOf(begun), subject);
  return { browser, back, answer: await browser.get(back.pathname + back.search) };
}

const auditOf = async (action: string) => (await api.call(`/api/audit?action=${action}`)).body.data;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stave-oidc-"));
  await writeFile(join(folder, "secret"), `${client.secret}\n`);
  provider = await startProvider(callback);
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway, {
    args: ["--trusted-proxies", "127.0.0.1", "--allow-private-addresses"],
    env: {
      STAVE_API_OIDC_ISSUER: provider.issuer,
      STAVE_API_OIDC_CLIENT_ID: client.id,
      STAVE_API_OIDC_CLIENT_SECRET_FILE: join(folder, "secret"),
      STAVE_API_OIDC_OWN_URL: ownUrl,
      STAVE_API_OIDC_SCOPES: "openid email profile groups",
      STAVE_API_OIDC_ROLES: "storage-admins=admin, staff=member, guests=viewer",
    },
  });
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await provider?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("a page for signing in can ask what it may offer", async () => {
  const { body } = await api.call("/api/session/methods", { token: null });
  const name = new URL(provider.issuer).host;
  expect(body).toEqual({ data: [{ kind: "password" }, { kind: "oidc", name, path: "/api/session/oidc" }] });
});

describe("somebody whom the provider knows", () => {
  test("is signed in with the role of the claim, as with a password", async () => {
    provider.accounts.set("ann", { email: "Ann@example.com", name: "Ann", groups: ["others", "guests", "staff"] });
    const { browser, answer } = await signInAs("ann", { path: "/api/session/oidc?return_to=/buckets%3Fa=1" });

    expect([answer.status, locationOf(answer)]).toEqual([303, "/buckets?a=1"]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^stave_session=[\w-]{43}; Path=\/api; HttpOnly; SameSite=Lax; Max-Age=604800$/),
      "stave_oidc=; Path=/api/session/oidc; HttpOnly; SameSite=Lax; Max-Age=0",
    ]);
    const { body } = await browser.get("/api/session");
    const user = { email: "ann@example.com", name: "Ann", role: "member", signsInWith: "oidc", isDisabled: false };
    expect(body.data).toMatchObject({ kind: "session", user });
    const [made] = await auditOf("user:create");
    expect(made).toMatchObject({ actor: "identity provider", details: { issuer: provider.issuer, subject: "ann" } });
    const [session] = await auditOf("session:create");
    expect(session).toMatchObject({ actor: "user:ann@example.com", details: { with: "provider" } });
  });

  test("is the same user with another e-mail address and another role, at once in every session", async () => {
    provider.accounts.set("bea", { email: "bea@example.com", name: "Bea", groups: ["storage-admins"] });
    const first = await signInAs("bea");
    const before = (await first.browser.get("/api/session")).body.data.user;
    expect(before.role).toBe("admin");

    provider.accounts.set("bea", { email: "bea.new@example.com", name: "Bea", groups: ["guests"] });
    await signInAs("bea");

    const after = (await first.browser.get("/api/session")).body.data.user;
    expect(after).toEqual({ ...before, email: "bea.new@example.com", role: "viewer" });
  });

  test("ends the session by signing out", async () => {
    provider.accounts.set("out", { email: "out@example.com", groups: ["staff"] });
    const { browser } = await signInAs("out");
    const cookie = `stave_session=${browser.cookies.get("stave_session")}`;

    const headers = { cookie, "sec-fetch-site": "same-origin" };
    expect((await api.call("/api/session", { method: "DELETE", token: null, headers })).status).toBe(204);
    expect((await browser.get("/api/session")).status).toBe(401);
  });

  test("has no password, gets none, and no other role by hand", async () => {
    provider.accounts.set("cas", { email: "cas@example.com", groups: ["staff"] });
    const { browser } = await signInAs("cas");
    const { id } = (await browser.get("/api/session")).body.data.user;

    const headers = { "x-forwarded-for": "198.51.100.1" };
    expect(codes(await signIn(api, "cas@example.com", "", headers))).toEqual([400, "INVALID_REQUEST"]);
    expect(codes(await signIn(api, "cas@example.com", password, headers))).toEqual([401, "UNAUTHENTICATED"]);
    for (const json of [{ password }, { role: "admin" }, { name: "x" }]) {
      expect(codes(await api.call(`/api/users/${id}`, { method: "PATCH", json }))).toEqual([409, "CONFLICT"]);
    }
  });

  test("security: stays out when disabled, and is let in again afterwards", async () => {
    provider.accounts.set("dis", { email: "dis@example.com", groups: ["staff"] });
    const { browser } = await signInAs("dis");
    const { id } = (await browser.get("/api/session")).body.data.user;
    await api.call(`/api/users/${id}`, { method: "PATCH", json: { isDisabled: true } });

    expect((await browser.get("/api/session")).status).toBe(401);
    expect(codes((await signInAs("dis")).answer)).toEqual([403, "PERMISSION_DENIED"]);
    expect((await auditOf("session:refuse"))[0]).toMatchObject({ subject: "dis", details: { reason: "DISABLED" } });

    await api.call(`/api/users/${id}`, { method: "PATCH", json: { isDisabled: false } });
    expect((await signInAs("dis")).answer.status).toBe(303);
  });
});

describe("security: is refused", () => {
  test("who has no role, with the sessions and tokens that they had", async () => {
    provider.accounts.set("eve", { email: "eve@example.com", groups: ["staff"] });
    const { browser } = await signInAs("eve");
    const headers = {
      cookie: `stave_session=${browser.cookies.get("stave_session")}`,
      "sec-fetch-site": "same-origin",
    };
    const json = { name: "ci", permissions: ["jobs:read"] };
    const made = await api.call("/api/tokens", { method: "POST", token: null, headers, json });
    const { token } = made.body.data;
    expect((await api.call("/api/session", { token })).status).toBe(200);

    for (const groups of [["others"], [], undefined]) {
      provider.accounts.set("eve", { email: "eve@example.com", ...(groups && { groups }) });
      expect(codes((await signInAs("eve")).answer)).toEqual([403, "PERMISSION_DENIED"]);
    }

    expect((await browser.get("/api/session")).status).toBe(401);
    expect((await api.call("/api/session", { token })).status).toBe(401);
    expect((await auditOf("user:withdraw")).at(-1)).toMatchObject({ details: { sessions: 1, tokens: 1 } });
    const { body } = await api.call("/api/users");
    provider.accounts.set("new", { email: "new@example.com", groups: ["others"] });
    await signInAs("new");
    expect((await api.call("/api/users")).body.data).toHaveLength(body.data.length);
  });

  test("who has the e-mail address of a user with a password", async () => {
    await addPerson(api, "admin", "local");
    provider.accounts.set("thief", { email: "LOCAL@example.com", groups: ["guests"] });
    const { answer, browser } = await signInAs("thief");
    expect(codes(answer)).toEqual([409, "CONFLICT"]);
    expect(browser.cookies.has("stave_session")).toBe(false);

    provider.accounts.set("thief", { email: "thief@example.com", groups: ["guests"] });
    expect((await signInAs("thief")).answer.status).toBe(303);
    provider.accounts.set("thief", { email: "local@example.com", groups: ["guests"] });
    expect(codes((await signInAs("thief")).answer)).toEqual([409, "CONFLICT"]);
  });

  test.each([
    ["no address", {}],
    ["an address that was not verified", { email: "typed@example.com", email_verified: false }],
    ["what is no address", { email: "root" }],
  ])("who has %s", async (_, claims) => {
    provider.accounts.set("typed", { ...claims, groups: ["staff"] });
    expect(codes((await signInAs("typed")).answer)).toEqual([403, "PERMISSION_DENIED"]);
  });

  test("an answer that was used before", async () => {
    provider.accounts.set("ann", { email: "ann@example.com", groups: ["staff"] });
    const browser = openBrowser();
    const begun = await browser.get("/api/session/oidc");
    const cookie = `stave_oidc=${browser.cookies.get("stave_oidc")}`;
    const back = await provider.signIn(locationOf(begun), "ann");
    expect((await browser.get(back.pathname + back.search)).status).toBe(303);

    expect(codes(await browser.get(back.pathname + back.search))).toEqual([401, "UNAUTHENTICATED"]);
    expect(codes(await browser.get(back.pathname + back.search, { cookie }))).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("an answer in a browser that has not asked for it, with or without a sign-in of its own", async () => {
    const attacker = openBrowser();
    const begun = await attacker.get("/api/session/oidc");
    const back = await provider.signIn(locationOf(begun), "ann");
    const victim = openBrowser();
    expect(codes(await victim.get(back.pathname + back.search))).toEqual([401, "UNAUTHENTICATED"]);
    await victim.get("/api/session/oidc");
    expect(codes(await victim.get(back.pathname + back.search))).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("the code of another sign-in", async () => {
    const [one, other] = [openBrowser(), openBrowser()];
    const [begunOne, begunOther] = [await one.get("/api/session/oidc"), await other.get("/api/session/oidc")];
    const stolen = await provider.signIn(locationOf(begunOne), "ann");
    const own = await provider.signIn(locationOf(begunOther), "ann");
    own.searchParams.set("code", stolen.searchParams.get("code") ?? "");

    const answer = await other.get(own.pathname + own.search);

    expect(codes(answer)).toEqual([401, "UNAUTHENTICATED"]);
    expect(other.cookies.has("stave_session")).toBe(false);
  });

  test("another provider that answers in its place, and a code that it does not know", async () => {
    for (const [name, value] of [
      ["iss", "https://evil.example"],
      ["code", "nonsense"],
    ] as const) {
      const browser = openBrowser();
      const back = await provider.signIn(locationOf(await browser.get("/api/session/oidc")), "ann");
      back.searchParams.set(name, value);
      expect(codes(await browser.get(back.pathname + back.search))).toEqual([401, "UNAUTHENTICATED"]);
    }
  });

  test("whom the provider has not let in; a browser is told so on the page that it came from", async () => {
    const browser = openBrowser();
    const state = new URL(locationOf(await browser.get("/api/session/oidc"))).searchParams.get("state");
    const query = `state=${state}&error=access_denied&iss=${encodeURIComponent(provider.issuer)}`;
    const answer = await browser.get(`/api/session/oidc/callback?${query}`, { accept: "text/html,*/*;q=0.8" });
    expect([answer.status, locationOf(answer)]).toEqual([303, "/?signInError=CANCELLED"]);
  });

  test.each(["//evil.example", "https://evil.example", "/\\evil.example", "/a\tb", "evil", "", "/%0d%0a\n"])(
    "a way back that may lead elsewhere: %j",
    async (path) => {
      const answer = await openBrowser().get(`/api/session/oidc?return_to=${encodeURIComponent(path)}`);
      expect(codes(answer)).toEqual([400, "INVALID_REQUEST"]);
    },
  );
});

test("security S27: the redirect URI is the one that was set, whatever the request says", async () => {
  const headers = { "x-forwarded-host": "evil.example", host: "evil.example" };
  const begun = new URL(locationOf(await openBrowser().get("/api/session/oidc", headers)));
  expect(begun.searchParams.get("redirect_uri")).toBe(callback);
  expect(begun.searchParams.get("code_challenge_method")).toBe("S256");
});

test("security S30: no secret of a sign-in is in the log", async () => {
  const { browser, back } = await signInAs("ann");
  expect(api.log()).not.toContain(client.secret);
  expect(api.log()).not.toContain(back.searchParams.get("code"));
  expect(api.log()).not.toContain(browser.cookies.get("stave_session"));
});
