import { permissions, routes } from "@stave/api-contract";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// Some start another api, and the OpenAPI document is made when it is asked for first: seconds on a machine that is busy.
vi.setConfig({ testTimeout: 20_000 });

let gateway: TestGateway;
let api: TestApi;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

describe("the first start", () => {
  test("shows an administrator token once, and stores only its hash", async () => {
    expect(api.token).toMatch(/^stave_[\w-]{43}$/);
    const again = await startApi(gateway);
    expect(again.token).toBe("");
    expect(await again.stop()).toBe(0);
    expect(api.log() + again.log()).not.toContain(api.token);
  });
});

describe("an answer", () => {
  test("has a request id and may not be guessed to be of another type", async () => {
    const { status, headers, body } = await api.call("/api/status", { token: null });

    expect([status, body.data.name, body.data.isSetUp]).toEqual([200, "stave", false]);
    expect(headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-powered-by")).toBeNull();
  });

  test.each([
    ["/api/nothing", 404, "NOT_FOUND"],
    ["/api/Status", 404, "NOT_FOUND"],
    ["/nothing", 404, "NOT_FOUND"],
  ])("%s is a problem document", async (path, status, code) => {
    const answer = await api.call(path);

    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status,
      code,
      title: expect.any(String),
      requestId: answer.headers.get("x-request-id"),
    });
    expect(answer.status).toBe(status);
  });
});

test("the OpenAPI document names every operation, what it needs, and how it can end", async () => {
  const { body } = await api.call("/api/openapi.json", { token: null });

  expect(body.openapi).toBe("3.1.0");
  const documented = Object.values<Record<string, { operationId: string; responses: object }>>(body.paths).flatMap(
    (path) => Object.values(path),
  );
  expect(documented.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(routes).toSorted());
  for (const { responses } of documented)
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["429", "500"]));
});

test("security S29: every route says what it needs, and only these need nothing", () => {
  const open = Object.entries(routes).filter(([, { access }]) => access === "public");
  expect(open.map(([id]) => id).toSorted()).toEqual([
    "beginOidcSignIn",
    "completeOidcSignIn",
    "getOpenApi",
    "getSignInMethods",
    "getStatus",
    "signIn",
  ]);
  for (const { access } of Object.values<{ access: string }>(routes)) {
    expect(["public", "signed-in", ...permissions]).toContain(access);
  }
});

test.each([
  ["an unknown token", { authorization: `Bearer stave_${"x".repeat(43)}` }],
  ["a token of another kind", { authorization: "Bearer abc" }],
  ["basic authentication", { authorization: "Basic YTpi" }],
  ["two tokens", { authorization: "Bearer a", "x-api-key": "b" }],
])("%s is refused, also where none is needed", async (_, headers) => {
  const { status, body } = await api.call("/api/status", { token: null, headers });
  expect([status, body.code]).toEqual([401, "UNAUTHENTICATED"]);
});

test("--rate-limit is how often one address may call in a minute", async () => {
  const limited = await startApi(gateway, { args: ["--rate-limit", "3"] });
  const answers = [];
  for (let count = 0; count < 4; count += 1) answers.push(await limited.call("/api/nothing"));
  await limited.stop();

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 429]);
  expect(answers[3]?.body).toMatchObject({ code: "TOO_MANY_REQUESTS", requestId: expect.any(String) });
  expect(Number(answers[3]?.headers.get("retry-after"))).toBeGreaterThan(0);
});
