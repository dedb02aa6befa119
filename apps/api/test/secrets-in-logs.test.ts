import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type RouteDefinition, routes } from "@stave/api-contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { addPerson, type Person, password } from "./support/people.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

const canary = "canaryCANARYcanary0123456789canaryCANARYxyz"; // 43 characters, as a token and a session have

let gateway: TestGateway;
let api: TestApi;
let admin: Person;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway, { args: ["--log-level", "debug", "--trusted-proxies", "127.0.0.1"] });
  admin = await addPerson(api, "admin", "root");
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

type Sent = { readonly headers?: Record<string, string>; readonly body?: string; readonly query?: string };

const fields = {
  password: canary,
  newPassword: canary,
  currentPassword: canary,
  token: canary,
  secretAccessKey: canary,
};
const json = { "content-type": "application/json" };

/** Every place where somebody puts a secret, by mistake or not. */
const places: Readonly<Record<string, Sent>> = {
  "as a token": { headers: { authorization: `Bearer stave_${canary}` } },
  "as an x-api-key": { headers: { "x-api-key": `stave_${canary}` } },
  "as basic authentication": { headers: { authorization: `Basic ${canary}` } },
  "as a cookie": { headers: { cookie: `stave_session=${canary}` } },
  "in unknown fields": { headers: json, body: JSON.stringify(fields) },
  "in fields of other types": { headers: json, body: JSON.stringify({ password: [canary], name: { canary } }) },
  "in something that is no JSON": { headers: json, body: `{"password":"${canary}", ${canary}` },
  "as another type": { headers: { "content-type": `text/${canary}` }, body: canary },
  "in the query": { query: `?token=${canary}&password=${canary}&X-Amz-Signature=${canary}` },
  "as an idempotency key": { headers: { ...json, "idempotency-key": `${canary} ` }, body: "{}" },
};

test.each(Object.entries(places))("security S30: a secret %s is in no answer and no log", async (_, sent) => {
  const { headers = {}, body, query = "" } = sent;
  for (const route of Object.values<RouteDefinition>(routes)) {
    const isRead = route.method === "get";
    const stop = new AbortController();
    const response = await fetch(`${api.endpoint}${route.path.replaceAll(/\{\w+\+?\}/g, "999999")}${query}`, {
      method: route.method.toUpperCase(),
      headers: { ...("authorization" in headers || "x-api-key" in headers ? {} : credentials()), ...headers },
      ...(!isRead && body !== undefined && { body }),
      redirect: "manual",
      signal: stop.signal,
    });
    const isEndless = response.headers.get("content-type")?.startsWith("text/event-stream");
    const text = isEndless ? "" : await response.text();
    stop.abort();
    expect(response.status).not.toBe(500);
    expect([route.path, text.includes(canary)]).toEqual([route.path, false]);
  }
  expect(api.log()).not.toContain(canary);
});

test("security S30: a secret that is used is in no log, no audit entry and no job, and nowhere in plain", async () => {
  const used = { email: "canary@example.com", name: "Canary", role: "admin", password: canary };
  const headers = { "idempotency-key": "with-a-secret", "x-forwarded-for": "203.0.113.9" };
  expect((await api.call("/api/users", { method: "POST", json: used, headers })).status).toBe(201);
  expect((await api.call(`/api/users/${admin.id}`, { method: "PATCH", json: { password: canary } })).status).toBe(200);
  const signIn = { email: used.email, password: canary };
  const session = await api.call("/api/session", { method: "POST", token: null, json: signIn, headers });
  const wrong = { email: canary, password: canary };
  await api.call("/api/session", { method: "POST", token: null, json: wrong, headers });
  const made = await api.call("/api/tokens", {
    method: "POST",
    json: { name: "x", permissions: ["jobs:read"] },
    headers: { "idempotency-key": "with-a-token" },
  });
  const cookie = session.headers.getSetCookie()[0]?.split(/[=;]/)[1] ?? "";
  const { email, name, role } = used;
  const request = { body: { email, name, password: canary, role } };
  const bareHash = hash("sha256", JSON.stringify(["createUser", request])); // passwords could be tried with it
  const secrets = [bareHash, canary, cookie, made.body.data.token, api.token, password];
  expect(secrets.every((secret) => secret.length > 20)).toBe(true);

  const database = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { readOnly: true });
  const rows = ["audit", "job", "idempotency", "user", "session", "api_token"].map((table) =>
    JSON.stringify(database.prepare(`select * from "${table}"`).all()),
  );
  database.close();
  const files = ["control.sqlite", "control.sqlite-wal"].map((name) => join(gateway.dataDirectory, name));
  const bytes = await Promise.all(files.map((file) => readFile(file, "latin1").catch(() => "")));
  for (const secret of secrets) {
    for (const text of [api.log(), gateway.log(), ...rows, ...bytes]) expect(text.includes(secret)).toBe(false);
  }
  expect(api.log()).toContain("somebody could not sign in");
});

function credentials(): Record<string, string> {
  return { authorization: `Bearer ${api.token}` };
}
