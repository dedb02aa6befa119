import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { askAdmin, askAdminOpenly } from "../../gateway/test/support/ask-admin.ts";
import { changeKeys } from "../../gateway/test/support/change-keys.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// One starts a second gateway and api, which takes seconds on a machine that is busy.
vi.setConfig({ testTimeout: 20_000 });

let gateway: TestGateway;
let api: TestApi;
beforeAll(async () => {
  gateway = await startGateway({ workers: 2 });
  api = await startApi(gateway);
}, 30_000);
afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
});

test("usage is exact, per bucket, service and project, from the moment on that it changes", async () => {
  const s3 = createS3Client(gateway);
  const { body: service } = await createService(api, "counted", { quota_bytes: 1000, buckets: ["count-a", "count-b"] });
  const account = await rootOf(api, service.id);
  await s3.call({ method: "PUT", path: "/count-a/k", body: "12345", account });
  await s3.call({ method: "PUT", path: "/count-b/k", body: "123", account });
  await s3.call({ method: "PUT", path: "/of-ann" });
  await s3.call({ method: "PUT", path: "/of-ann/k", body: "1" });
  const project = await changeKeys(gateway, async (_, { database }) => {
    const { projects } = database.as("test");
    const created = await projects.create({ name: "shop", accountId: ann.id, createdAt: new Date() });
    await projects.addBucket(created.id, "of-ann");
    await projects.addBucket(created.id, "count-b");
    return created;
  });

  const { body } = await api.call("/api/usage");
  expect(body.data.total).toEqual({ buckets: 3, objects: 3, versions: 3, sizeBytes: 9 });
  expect(body.data.services).toContainEqual({
    id: service.id,
    name: "counted",
    buckets: 2,
    objects: 2,
    versions: 2,
    sizeBytes: 8,
    quotaBytes: 1000,
  });
  expect(body.data.projects).toEqual([
    { id: project.id, name: "shop", buckets: 2, objects: 2, versions: 2, sizeBytes: 4 },
  ]);

  await s3.call({ method: "DELETE", path: "/count-a/k", account });
  const buckets = await api.call(`/api/usage/buckets?serviceId=${service.id}&limit=1`);
  expect(buckets.body).toEqual({
    data: [{ bucket: "count-a", serviceId: service.id, objects: 0, versions: 0, sizeBytes: 0, quotaBytes: null }],
    nextCursor: "count-a",
  });
  const rest = await api.call(`/api/usage/buckets?serviceId=${service.id}&cursor=count-a`);
  expect(rest.body.data.map(({ bucket }: { bucket: string }) => bucket)).toEqual(["count-b"]);
  expect(rest.body.nextCursor).toBeNull();
  expect((await api.call("/api/usage/buckets?serviceId=9999")).body.data).toEqual([]);
});

test("security S29: what the gateway stores is told on its admin port only for signed calls", async () => {
  const path = "/admin/usage";

  expect((await askAdminOpenly(gateway, path)).status).toBe(403);
  expect((await askAdmin(gateway, { path, token: "x" })).status).toBe(403);
  expect((await askAdmin(gateway, { path })).status).toBe(200);
  expect((await askAdmin(gateway, { path, query: new URLSearchParams({ limit: "0" }) })).status).toBe(400);
  expect((await askAdmin(gateway, { path, method: "POST" })).status).toBe(405);
});

test("without the gateway there is no usage, and the reason says so", async () => {
  const other = await startGateway({ workers: 1, dataDirectory: join(gateway.dataDirectory, "..", "other") });
  const lonely = await startApi(other);
  await other.kill();

  const { status, body } = await lonely.call("/api/usage");

  expect([status, body.code]).toEqual([503, "UNAVAILABLE"]);
  await lonely.stop();
});

test("requests, errors and bytes are counted by access key", async () => {
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/by-key", account: bob });
  await s3.call({ path: "/by-key/absent", account: bob });
  await s3.call({ path: "/by-key/absent", account: null });
  const ofBob = await vi.waitFor(
    async () => {
      const { status, body } = await api.call("/api/usage/keys");
      expect([status, body.nextCursor]).toEqual([200, null]);
      const found = body.data.find((entry: { accessKeyId: string | null }) => entry.accessKeyId === bob.accessKeyId);
      expect(found?.requests.total).toBe(2);
      expect(body.data.at(-1)).toMatchObject({ accessKeyId: null, kind: "unsigned" });
      return found;
    },
    { timeout: 10_000 },
  );
  expect(ofBob).toEqual({
    accessKeyId: bob.accessKeyId,
    kind: "key",
    requests: { total: 2, read: 1, write: 1, list: 0, delete: 0, other: 0 },
    errors: { client: 1, server: 0 },
    receivedBytes: expect.any(Number),
    sentBytes: expect.any(Number),
    since: expect.stringMatching(/^20.*Z$/),
  });
  const first = await api.call("/api/usage/keys?limit=1");
  expect(first.body.data).toHaveLength(1);
  const rest = await api.call(`/api/usage/keys?limit=1000&cursor=${encodeURIComponent(first.body.nextCursor)}`);
  expect(rest.body.data.map(({ accessKeyId }: { accessKeyId: string }) => accessKeyId)).not.toContain(
    first.body.data[0].accessKeyId,
  );
});
