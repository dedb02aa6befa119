import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { rawCall } from "./support/raw-call.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { tokenWith } from "./support/token-with.ts";

let gateway: TestGateway;
let api: TestApi;
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  api = await startApi(gateway);
  await api.call("/api/storage/buckets", { method: "POST", json: { name: "small" } });
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

const config = "/api/storage/config";

test("the size of uploads is set, by who has seen what is set", async () => {
  const first = await api.call(config);
  expect([first.status, first.body.data]).toEqual([200, { maxFileSizeMb: 5120 }]);
  const put = (json: object, etag?: string | null) =>
    api.call(config, { method: "PUT", json, ...(etag && { headers: { "if-match": etag } }) });

  const changed = await put({ maxFileSizeMb: 2 }, first.headers.get("etag"));
  expect([changed.status, changed.body.data]).toEqual([200, { maxFileSizeMb: 2 }]);
  expect((await put({ maxFileSizeMb: 3 }, first.headers.get("etag"))).body.code).toBe("PRECONDITION_FAILED");
  expect((await api.call(config)).body.data).toEqual({ maxFileSizeMb: 2 });
  for (const json of [{ maxFileSizeMb: 0 }, { maxFileSizeMb: "5" }, {}, { maxFileSizeMb: 1, other: 1 }]) {
    expect((await put(json)).status).toBe(400);
  }
  const token = await tokenWith(gateway, ["storage:admin", "storage:read"]);
  expect((await api.call(config, { method: "PUT", json: { maxFileSizeMb: 9 }, token })).status).toBe(403);
});

test("larger uploads are refused in every way, before and while they are read", async () => {
  await api.call(config, { method: "PUT", json: { maxFileSizeMb: 2 } });
  const path = "/api/storage/buckets/small";
  const tooMuch = Buffer.alloc(2 * 1024 * 1024 + 1);
  const announced = await rawCall(api, `${path}/objects/a`, {
    method: "PUT",
    headers: { "content-length": "99999999" },
  });
  expect([announced.status, announced.body.code]).toEqual([413, "BODY_TOO_LARGE"]);
  const chunked = await fetch(`${api.endpoint}${path}/objects/a`, {
    method: "PUT",
    headers: { authorization: `Bearer ${api.token}` },
    body: new Blob([tooMuch]).stream(),
    duplex: "half",
  } as RequestInit).then(
    ({ status }) => status,
    () => 0,
  );
  // The rest is not read: the client may see that before it sees the answer.
  expect([413, 0]).toContain(chunked);
  expect((await api.call(`${path}/metadata/objects/a`)).status).toBe(404);

  const strategy = (json: object) => api.call(`${path}/upload-strategy`, { method: "POST", json });
  expect((await strategy({ key: "a", size: tooMuch.length })).body.code).toBe("BODY_TOO_LARGE");
  const { body } = await strategy({ key: "a" });
  const form = new FormData();
  for (const [name, value] of Object.entries<string>(body.data.fields)) form.append(name, value);
  form.append("file", new Blob([tooMuch]));
  expect((await fetch(body.data.uploadUrl, { method: "POST", body: form })).status).toBe(400);
  const exact = await rawCall(api, `${path}/objects/a`, { method: "PUT", body: tooMuch.subarray(1) });
  expect(exact.status).toBe(200);
});
