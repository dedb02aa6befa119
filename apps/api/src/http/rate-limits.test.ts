import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler } from "express";
import { afterEach, expect, test } from "vitest";
import { Problem } from "./problem.ts";
import { createRateLimits } from "./rate-limits.ts";

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(perMinute: number) {
  const limits = createRateLimits({ perMinute });
  const app = express().set("trust proxy", "loopback");
  app.use(limits.default);
  app.post("/keys", limits["key-admin"], (_request, response) => void response.sendStatus(201));
  app.get("/keys", (_request, response) => void response.sendStatus(200));
  const answerProblem: ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(error instanceof Problem ? error.status : 500).end();
  };
  app.use(answerProblem);
  server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return (method: string, address = "203.0.113.1") =>
    fetch(`http://127.0.0.1:${port}/keys`, { method, headers: { "x-forwarded-for": address } });
}

test("key administration has 20 requests in 15 minutes, and reading does not count", async () => {
  const call = await serve(1000);
  for (let count = 0; count < 20; count += 1) {
    const { status, headers } = await call("POST");
    expect([status, headers.get("ratelimit-policy")]).toEqual([
      201,
      expect.stringContaining('"key-admin"; q=20; w=900'),
    ]);
    expect((await call("GET")).status).toBe(200);
  }

  const refused = await call("POST");
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(800);
  expect(refused.headers.get("ratelimit")).toContain('"key-admin"; r=0');
  expect((await call("GET")).status).toBe(200);
  expect((await call("POST", "203.0.113.2")).status).toBe(201);
});

test("one address has so many requests in a minute; addresses of one IPv6 network are one", async () => {
  const call = await serve(3);
  const statuses = [];
  for (const last of [1, 2, 3, 4]) statuses.push((await call("GET", `2001:db8::${last}`)).status);

  expect(statuses).toEqual([200, 200, 200, 429]);
  expect((await call("GET", "2001:db9::1")).status).toBe(200);
});
