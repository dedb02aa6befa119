import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { openControlDatabase } from "@stave/control-database";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { tokenWith } from "./support/token-with.ts";
import { waitFor } from "./support/wait-for.ts";

// The sampler looks every 30 seconds, by the clock.
vi.setConfig({ testTimeout: 90_000 });

const path = "/api/external-services";
let gateway: TestGateway;
let api: TestApi;
let id = 0;
const notices: { readonly headers: Record<string, unknown>; readonly body: string }[] = [];
let refusesFirst = true;
const receiver = createServer(async (request, response) => {
  const body = await text(request);
  response.statusCode = refusesFirst ? 503 : 200;
  if (!refusesFirst) notices.push({ headers: request.headers, body });
  refusesFirst = false;
  response.end();
});
let receiverUrl = "";

beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway, { args: ["--allow-private-addresses"] });
  id = (await createService(api, "Measured", { buckets: ["measured"] })).body.id;
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/notices`;
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  receiver.close();
});

const rule = { name: "is up", metric: "up", comparison: "gte", threshold: 1 };

test("a rule is made, read, changed and removed, and what is none is refused", async () => {
  const rules = `${path}/${id}/alert-rules`;
  const made = await api.call(rules, { method: "POST", json: { ...rule, threshold: 5 } });

  expect(made).toMatchObject({
    status: 201,
    body: { service_id: id, ...rule, threshold: 5, for_seconds: 0, severity: "warning", enabled: true },
  });
  const own = `${rules}/${made.body.id}`;
  expect(made.headers.get("location")).toBe(own);
  expect((await api.call(rules)).body).toEqual([made.body]);
  expect((await api.call(own)).body).toEqual(made.body);
  const changed = await api.call(own, { method: "PUT", json: { ...rule, enabled: false, severity: "critical" } });
  expect(changed).toMatchObject({ status: 200, body: { enabled: false, severity: "critical", threshold: 1 } });
  for (const [wrong, pointer] of [
    [{ ...rule, metric: "mood" }, "/metric"],
    [{ ...rule, comparison: "eq" }, "/comparison"],
    [{ ...rule, threshold: "1" }, "/threshold"],
    [{ ...rule, for_seconds: -1 }, "/for_seconds"],
    [{ ...rule, name: " " }, "/name"],
    [{ ...rule, color: "red" }, "/color"],
  ] as const) {
    const refused = await api.call(rules, { method: "POST", json: wrong });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  }
  expect((await api.call(own.replace(`/${id}/`, "/1/"))).status).toBe(404);
  const reader = await tokenWith(gateway, ["services:read"]);
  expect((await api.call(rules, { token: reader })).status).toBe(200);
  for (const method of ["PUT", "DELETE"]) {
    expect((await api.call(own, { method, json: rule, token: reader })).status).toBe(403);
  }
  expect((await api.call(own, { method: "DELETE" })).status).toBe(204);
  expect((await api.call(own)).status).toBe(404);
});

test("services are measured, alerts fire and resolve, and a webhook is told, signed, again until it takes it", async () => {
  const hook = await api.call("/api/notice-webhooks", { method: "POST", json: { name: "pager", url: receiverUrl } });
  expect(hook).toMatchObject({ status: 201, body: { data: { name: "pager", url: receiverUrl, error: null } } });
  const { secret, id: hookId } = hook.body.data;
  const made = await api.call(`${path}/${id}/alert-rules`, { method: "POST", json: rule });
  const account = await rootOf(api, id);
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/measured/k", body: "hello", account });

  await waitFor(async () => (await api.call(`${path}/${id}/alerts?state=firing`)).body.length === 1, 60_000);

  const latest = (await api.call(`${path}/${id}/metrics/latest`)).body;
  expect(latest).toMatchObject({ service_id: id, point: { up: 1, cpu_percent: null, memory_bytes: null } });
  expect(latest.point.disk_bytes).toBeGreaterThanOrEqual(0);
  const history = await api.call(`${path}/${id}/metrics?range=1h`);
  expect(history.body).toMatchObject({ service_id: id, range: "1h", step_seconds: 30 });
  expect(history.body.points.at(-1)).toEqual(latest.point);
  expect((await api.call(`${path}/${id}/metrics?range=2h`)).status).toBe(400);
  const [alert] = (await api.call(`${path}/${id}/alerts`)).body;
  expect(alert).toMatchObject({ rule: { name: "is up", threshold: 1 }, state: "firing", value: 1, resolved_at: null });

  await api.call(`${path}/${id}/alert-rules/${made.body.id}`, { method: "DELETE" });

  await waitFor(async () => notices.length === 2);
  const told = notices.map(({ headers, body }) => {
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
    return JSON.parse(body);
  });
  const about = { id, name: "Measured", alert_id: alert.id, rule: "is up", severity: "warning" };
  expect(told.toSorted((a, b) => a.type.localeCompare(b.type))).toMatchObject([
    { type: "alert.firing", data: about },
    { type: "alert.resolved", data: { ...about, resolution: "removed" } },
  ]);
  const { data } = (await api.call("/api/notice-webhooks")).body;
  expect(data).toMatchObject([{ id: hookId, error: null, deliveredAt: expect.any(String) }]);
  expect(JSON.stringify(data)).not.toContain(secret);

  expect((await api.call(`/api/notice-webhooks/${hookId}/test`, { method: "POST" })).status).toBe(200);
  expect(JSON.parse(notices.at(-1)?.body ?? "")).toMatchObject({ type: "test" });
  expect((await api.call(`/api/notice-webhooks/${hookId}`, { method: "DELETE" })).status).toBe(204);
  expect((await api.call(`/api/notice-webhooks/${hookId}/test`, { method: "POST" })).status).toBe(404);
});

test("a webhook that nobody answers is said to be so, and one with a password is refused", async () => {
  const webhooks = "/api/notice-webhooks";
  const add = (url: string) => api.call(webhooks, { method: "POST", json: { name: "x", url } });

  expect((await add("https://ann:secret@example.com/")).status).toBe(422);
  expect((await add("ftp://example.com/")).status).toBe(400);
  const hook = (await add("http://127.0.0.1:9/")).body.data;
  const tried = await api.call(`${webhooks}/${hook.id}/test`, { method: "POST" });
  expect(tried).toMatchObject({ status: 422, body: { detail: expect.stringContaining("could not be reached") } });
  expect((await api.call(webhooks)).body.data).toMatchObject([
    { error: expect.stringContaining("could not be reached") },
  ]);
  const member = await tokenWith(gateway, ["settings:read"]);
  expect((await api.call(webhooks, { token: member })).status).toBe(200);
  expect((await api.call(`${webhooks}/${hook.id}`, { method: "DELETE", token: member })).status).toBe(403);
  await api.call(`${webhooks}/${hook.id}`, { method: "DELETE" });
});

test("longer ranges are answered in longer steps", async () => {
  const database = await openControlDatabase({ at: { file: `${gateway.dataDirectory}/control.sqlite` } });
  const { metrics } = database.as("test");
  const stepMs = 300_000;
  const end = Math.floor(Date.now() / stepMs) * stepMs;
  const points = Array.from({ length: 2016 }, (_, at) => {
    return { serviceId: id, at: new Date(end - at * stepMs), values: { cpu_percent: at % 2, cpu_percent_max: at } };
  });
  await metrics.add(300, points);
  await database.close();

  const day = (await api.call(`${path}/${id}/metrics?range=24h`)).body;
  const week = (await api.call(`${path}/${id}/metrics?range=7d`)).body;

  expect([day.step_seconds, day.points.length]).toEqual([300, 288]);
  expect(week.step_seconds).toBe(1800);
  expect(week.points.length).toBeGreaterThanOrEqual(336);
  expect(week.points.length).toBeLessThanOrEqual(337);
  expect(week.points[10].cpu_percent).toBe(0.5);
});
