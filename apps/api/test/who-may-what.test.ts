import { permissionsOfRole, type Role, type RouteDefinition, roles, routes } from "@stave/api-contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { addPerson, password } from "./support/people.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
const tokens = new Map<Role, string>();
const secrets: string[] = [];

beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  secrets.push(api.token, password);
  for (const role of roles) {
    const person = await addPerson(api, role, role);
    const json = { name: role, permissions: permissionsOfRole[role] };
    const { token } = (await person.call("/api/tokens", { method: "POST", json })).body.data;
    tokens.set(role, token);
    secrets.push(token, person.cookie.split("=")[1] ?? "");
  }
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

const table = Object.entries<RouteDefinition>(routes);

/** About something that is not there, and without a body. Answers that never end are left after their head. */
async function ask({ method, path }: RouteDefinition, token?: string) {
  const response = await fetch(api.endpoint + path.replaceAll(/\{\w+\+?\}/g, "999999"), {
    method: method.toUpperCase(),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    redirect: "manual",
  });
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  const code = isProblem ? ((await response.json()) as { code: string }).code : undefined;
  if (!isProblem) await response.body?.cancel();
  return { status: response.status, code };
}

describe("security S29: a route that needs something", () => {
  test.each(table.filter(([, { access }]) => access !== "public"))("%s asks who calls", async (_, route) => {
    expect(await ask(route)).toEqual({ status: 401, code: "UNAUTHENTICATED" });
  });

  describe.each(roles)("and somebody who is %s", (role) => {
    test.each(table)("%s", async (_, route) => {
      const { access, alsoNeeds = [] } = route;
      const needed = access === "public" || access === "signed-in" ? alsoNeeds : [access, ...alsoNeeds];
      const may = needed.every((permission) => permissionsOfRole[role].includes(permission));

      const { status, code } = await ask(route, tokens.get(role));

      if (may) expect(["UNAUTHENTICATED", "PERMISSION_DENIED", "INTERNAL_ERROR"]).not.toContain(code);
      else expect({ status, code }).toEqual({ status: 403, code: "PERMISSION_DENIED" });
      if (access === "public" && route.body !== undefined) expect(status).toBe(400);
    });
  });
});

test("security S29: what is read has no secret that was put in", async () => {
  const reads = table.filter(([, { method, path, isSecret }]) => method === "get" && !path.includes("{") && !isSecret);
  expect(reads.length).toBeGreaterThan(4);
  for (const [operationId, { path }] of reads) {
    const stop = new AbortController();
    const response = await fetch(api.endpoint + path, {
      headers: { authorization: `Bearer ${api.token}` },
      signal: stop.signal,
    });
    const isEndless = response.headers.get("content-type")?.startsWith("text/event-stream");
    const text = isEndless ? "" : await response.text();
    stop.abort();
    for (const secret of secrets) expect([operationId, text.includes(secret)]).toEqual([operationId, false]);
    expect(text).not.toMatch(/\$argon2|sv1\.[\da-f]{16}\.|"(passwordHash|tokenHash|secretEnvelope)"/);
  }
});
