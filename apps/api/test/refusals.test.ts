import { afterAll, beforeAll, expect, test } from "vitest";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

let gateway: TestGateway;
let api: TestApi;
/** Of a GET that bob may not do. */
let requestId = "";

beforeAll(async () => {
  gateway = await startGateway();
  api = await startApi(gateway);
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
  await s3.call({ method: "PUT", path: "/photos/a.jpg", body: "content" });
  const refused = await s3.call({ path: "/photos/a.jpg", account: bob });
  requestId = refused.headers["x-amz-request-id"] ?? "";
}, 60_000);

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

test("a refused request is explained as JSON, and as text for people", async () => {
  const { status, headers, body } = await api.call(`/api/requests/${requestId}/why`);

  expect(status).toBe(200);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(body.data).toMatchObject({
    requestId,
    code: "AccessDenied",
    accessKeyId: bob.accessKeyId,
    hints: expect.arrayContaining([expect.stringContaining("Nothing allows s3:GetObject on photos/a.jpg")]),
  });
  expect(JSON.stringify(body)).not.toContain(ann.secretAccessKey);

  const text = await api.call(`/api/requests/${requestId}/why`, { headers: { accept: "text/plain" } });
  expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(text.body).toMatch(/^403 AccessDenied: /);
});

test("the newest refusals are listed, of one key or with one code", async () => {
  expect((await api.call("/api/requests?limit=1")).body.data).toMatchObject([{ requestId, operation: "GetObject" }]);
  expect((await api.call(`/api/requests?key=${bob.accessKeyId}`)).body.data).toHaveLength(1);
  expect((await api.call(`/api/requests?key=${ann.accessKeyId}`)).body).toEqual({ data: [] });
  expect((await api.call("/api/requests?code=NoSuchThing")).body).toEqual({ data: [] });
});

test("what is not kept, or no id, is 404; a list that cannot be is 400", async () => {
  expect(await api.call("/api/requests/0000000000000000/why")).toMatchObject({ status: 404 });
  expect(await api.call("/api/requests/xyz/why")).toMatchObject({ status: 404 });
  expect(await api.call("/api/requests?limit=0")).toMatchObject({ status: 400 });
  expect(await api.call("/api/requests?code=a%26b")).toMatchObject({ status: 400 });
});

test("only who may read the audit log may ask", async () => {
  expect(await api.call("/api/requests", { token: null })).toMatchObject({ status: 401 });
});
