import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages } from "../../../test/support/docker/test-images.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

const path = "/api/external-services";

// RustFS is Stave's gateway under its name here, since its image cannot be had: see test/support/docker.
describe.skipIf(requireDocker().isMissing)("a service in a container", { timeout: 60_000 }, () => {
  let dockerd: TestDockerd;
  let gateway: TestGateway;
  let api: TestApi;
  beforeAll(async () => {
    [dockerd, gateway] = await Promise.all([startDockerd(), startGateway({ workers: 1 })]);
    await loadTestImages(dockerd.socketPath, ["rustfs"]);
    api = await startApi(gateway, { args: ["--docker-socket", dockerd.socketPath] });
  }, 120_000);
  afterAll(async () => {
    await api?.stop();
    await gateway?.stop();
    await dockerd?.stop();
  }, 60_000);

  test("is made, stopped, started and deleted, and nothing is left of it", async () => {
    const begun = performance.now();
    const made = await createService(api, "My photos", { engine: "rustfs", buckets: ["album"] });
    const tookMs = performance.now() - begun;
    console.info(`create to healthy: ${Math.round(tookMs)} ms`);

    expect(made).toMatchObject({ status: 201, body: { slug: "my-photos", engine: "rustfs", status: "running" } });
    const { id, endpoint } = made.body;
    const account = await rootOf(api, id);
    expect(account.accessKeyId).toMatch(/^AKIA[A-Z0-9]{16}$/);
    const s3 = createS3Client({ ...gateway, port: Number(new URL(endpoint).port) });
    await s3.call({ method: "PUT", path: "/album/k", body: "hello", account });
    expect((await s3.call({ path: "/album/k", account })).text).toBe("hello");

    for (const _ of [1, 2]) {
      expect(await api.call(`${path}/${id}/stop`, { method: "POST" })).toMatchObject({
        status: 200,
        body: { status: "stopped" },
      });
    }
    for (const _ of [1, 2]) {
      const started = await api.call(`${path}/${id}/start`, { method: "POST" });
      expect(started).toMatchObject({ status: 200, body: { status: "running", status_reason: null } });
    }
    expect((await s3.call({ path: "/album/k", account })).text).toBe("hello");

    expect((await api.call(`${path}/${id}?force=true`, { method: "DELETE" })).status).toBe(204);
    expect(await dockerCall(dockerd.socketPath, "/containers/json?all=1")).toEqual([]);
  });
});
