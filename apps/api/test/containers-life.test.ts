import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestAccount, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { dockerInventory } from "./support/docker-inventory.ts";
import { finishJob } from "./support/finish-job.ts";
import { listen, portOf } from "./support/listen.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

const path = "/api/external-services";

// RustFS is Stave's gateway under its name here, since its image cannot be had: see test/support/docker.
describe.skipIf(requireDocker().isMissing)("a service in a container", { timeout: 90_000 }, () => {
  let dockerd: TestDockerd;
  let gateway: TestGateway;
  let api: TestApi;
  let before: readonly string[] = [];
  beforeAll(async () => {
    [dockerd, gateway] = await Promise.all([startDockerd(), startGateway({ workers: 1 })]);
    await loadTestImages(dockerd.socketPath, [
      "stave",
      "rustfs",
      "rustfsNext",
      "rustfsExits",
      "rustfsForeign",
      "minio",
    ]);
    api = await startApi(gateway, { args: ["--docker-socket", dockerd.socketPath] });
  }, 120_000);
  afterAll(async () => {
    await api?.stop();
    await gateway?.stop();
    await dockerd?.stop();
  }, 60_000);
  beforeEach(async () => {
    before = await dockerInventory(dockerd.socketPath);
  });
  afterEach(async () => {
    const { body } = await api.call(path);
    for (const { id, engine } of body) if (engine !== "stave") await remove(id, "?force=true&volume=remove");
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
  }, 60_000);

  const docker = <Answer = unknown>(call: string, options = {}) =>
    dockerCall<Answer>(dockerd.socketPath, call, options);
  const create = async (name: string, parameters: Readonly<Record<string, unknown>>) =>
    finishJob(api, await createService(api, name, parameters), 201);
  const remove = async (id: number, query = "") =>
    finishJob(api, await api.call(`${path}/${id}${query}`, { method: "DELETE" }), 204);
  const post = async (id: number, what: string) =>
    finishJob(api, await api.call(`${path}/${id}/${what}`, { method: "POST" }));
  const update = async (id: number, parameters: object) =>
    finishJob(api, await api.call(`${path}/${id}`, { method: "PUT", json: { parameters } }));
  const detail = async (id: number) => (await api.call(`${path}/${id}`)).body;
  const s3 = (endpoint: string) => createS3Client({ ...gateway, port: Number(new URL(endpoint).port) });
  const put = async (endpoint: string, account: TestAccount) =>
    (await s3(endpoint).call({ method: "PUT", path: "/album/k", body: "hello", account })).status;
  const get = async (endpoint: string, account: TestAccount) =>
    (await s3(endpoint).call({ path: "/album/k", account })).text;
  /** One with an object in it. */
  const make = async (name: string, parameters: object = {}) => {
    const made = await create(name, {
      engine: "rustfs",
      buckets: ["album"],
      ...(await ports()),
      ...parameters,
    });
    expect(made).toMatchObject({ status: 201, body: { status: "running" } });
    const { id, endpoint } = made.body;
    const account = await rootOf(api, id);
    expect(await put(endpoint, account)).toBe(200);
    return { id, endpoint, account };
  };

  test("is made, stopped, started and deleted, and nothing is left of it", async () => {
    const begun = performance.now();
    const made = await create("My photos", {
      engine: "rustfs",
      buckets: ["album"],
      memory_mb: 512,
      ...(await ports()),
    });
    console.info(`create to healthy: ${Math.round(performance.now() - begun)} ms`);

    expect(made).toMatchObject({
      status: 201,
      body: {
        slug: "my-photos",
        engine: "rustfs",
        status: "running",
        version: testImages.rustfs,
        network_endpoint: "http://rustfs-my-photos:9000",
      },
    });
    const { id, endpoint } = made.body;
    const account = await rootOf(api, id);
    expect(account.accessKeyId).toMatch(/^AKIA[A-Z0-9]{16}$/);
    expect(await put(endpoint, account)).toBe(200);
    const { container, current_parameters } = await detail(id);
    expect(container).toMatchObject({
      container_name: "rustfs-my-photos",
      image: testImages.rustfs,
      image_id: expect.stringMatching(/^sha256:/),
      volume: "rustfs_my-photos_data",
      network: "stave-my-photos",
      port: Number(new URL(endpoint).port),
      is_imported: false,
    });
    expect(current_parameters).toMatchObject({ secret_key: "***", port: container.port });
    const inspected = await docker<{ HostConfig: { Memory: number; MemorySwap: number } }>(
      `/containers/${container.container_id}/json`,
    );
    expect(inspected.HostConfig).toMatchObject({ Memory: 512 * 1024 ** 2, MemorySwap: 512 * 1024 ** 2 });

    for (const _ of [1, 2]) {
      expect(await post(id, "stop")).toMatchObject({ status: 200, body: { status: "stopped" } });
    }
    for (const _ of [1, 2]) {
      expect(await post(id, "start")).toMatchObject({ status: 200, body: { status: "running", status_reason: null } });
    }
    expect(await get(endpoint, account)).toBe("hello");

    expect(await remove(id)).toMatchObject({ status: 409, body: { detail: expect.stringContaining("album") } });
    expect((await remove(id, "?dry_run=true&force=true")).body).toMatchObject({
      buckets: [{ name: "album", is_empty: false }],
      objects: 1,
      bytes: 5,
      containers: ["rustfs-my-photos"],
      volumes: ["rustfs_my-photos_data"],
      networks: ["stave-my-photos"],
      blockers: [],
    });
    expect((await remove(id, "?force=true")).status).toBe(204);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
    expect(api.log()).not.toContain(account.secretAccessKey);
  });

  test("gets another port and another image of the same engine with what it stores, or stays as it was", async () => {
    const { id, account } = await make("Moves");
    const port = await freePort();
    const change = (parameters: object) => update(id, parameters);

    const moved = await change({ port, docker_image: testImages.rustfsNext });
    expect(moved).toMatchObject({
      status: 200,
      body: {
        service: { status: "running", endpoint: `http://127.0.0.1:${port}`, version: testImages.rustfsNext },
        container: { port, image: testImages.rustfsNext },
      },
    });
    const endpoint = `http://127.0.0.1:${port}`;
    expect(await get(endpoint, account)).toBe("hello");

    const refused = await change({ docker_image: testImages.rustfsExits });
    expect(refused).toMatchObject({ status: 422, body: { detail: expect.stringContaining("cannot start") } });
    expect(await detail(id)).toMatchObject({
      service: { status: "running", version: testImages.rustfsNext },
      container: { image: testImages.rustfsNext, port },
    });
    expect(await get(endpoint, account)).toBe("hello");
    expect(await docker("/containers/json?all=1")).toHaveLength(1);

    expect(await change({ docker_image: testImages.minio })).toMatchObject({ status: 400 });
    const taken = await listen();
    expect(await change({ port: portOf(taken) })).toMatchObject({ status: 409 });
    taken.close();
    expect(await change({ region: "mars" })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("Cannot update parameter 'region' for S3. Read-only parameters:") },
    });
    expect(await get(endpoint, account)).toBe("hello");
  });

  test("is not made of what cannot be, and nothing is left of the try", async () => {
    const taken = await listen();
    const cases = [
      [{ docker_image: "rustfs/rustfs:nowhere" }, [422, 503]],
      [{ docker_image: testImages.rustfsExits }, [422]],
      [{ docker_image: testImages.rustfsForeign }, [422]],
      [{ docker_image: testImages.minio }, [400]],
      [{ docker_image: "no image" }, [400]],
      [{ port: portOf(taken) }, [409]],
      [{ memory_mb: 16 }, [422]],
      [{ memory_swap_mb: 600 }, [400]],
      [{ nano_cpus: 1e15 }, [422]],
      [{ port: 9999, publish: "none" }, [400]],
      [{ host: "0.0.0.0" }, [400]],
    ] as const;
    for (const [parameters, statuses] of cases) {
      const made = await create("Fails", { engine: "rustfs", ...parameters });
      expect([JSON.stringify(parameters), statuses, made.status]).toEqual([
        JSON.stringify(parameters),
        statuses,
        expect.toBeOneOf([...statuses]),
      ]);
    }
    taken.close();
    expect((await api.call(`${path}/by-slug/fails`)).status).toBe(404);
  });

  test("says that somebody has stopped or removed its container, and is made again on its volume", async () => {
    const { id, endpoint, account } = await make("Handled");
    const { container } = await detail(id);
    const statusOf = async () => (await detail(id)).service;

    await docker(`/containers/${container.container_id}/kill`, { method: "POST" });
    await waitFor(async () => (await statusOf()).status === "failed");
    expect((await statusOf()).status_reason).toContain("exit code 137");
    await docker(`/containers/${container.container_id}/start`, { method: "POST" });
    await waitFor(async () => (await statusOf()).status === "running");
    expect((await statusOf()).status_reason).toBeNull();

    // It is killed before it is removed: for a moment that is why.
    await docker(`/containers/${container.container_id}?force=1`, { method: "DELETE" });
    await waitFor(async () => (await statusOf()).status_reason?.includes("somebody has removed it") === true);
    expect(await statusOf()).toMatchObject({ status: "failed" });
    expect(await api.call(`${path}/${id}/health-check`, { method: "POST" })).toMatchObject({
      status: 200,
      body: { status: "down", reason: expect.stringContaining("removed it") },
    });
    expect(await post(id, "start")).toMatchObject({ status: 200, body: { status: "running", endpoint } });
    expect(await get(endpoint, account)).toBe("hello");

    const { container: second } = await detail(id);
    await docker(`/containers/${second.container_id}?force=1`, { method: "DELETE" });
    await docker(`/volumes/${second.volume}`, { method: "DELETE" });
    expect(await post(id, "start")).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("is gone") },
    });
    expect(await post(id, "start?allow_empty_volume=true")).toMatchObject({ status: 200 });
    expect(await get(endpoint, account)).toContain("NoSuchBucket");
  });

  test("waits for a Docker that is away or hangs, and nobody waits for it", async () => {
    const { id, endpoint, account } = await make("Patient");
    dockerd.suspend();
    try {
      const begun = performance.now();
      expect(await create("Other", { engine: "rustfs" })).toMatchObject({ status: 503 });
      expect((await api.call(`${path}/providers/metadata/s3`)).body.engines[2]).toMatchObject({
        engine: "rustfs",
        is_available: false,
        unavailable_reason: expect.stringContaining("did not answer"),
      });
      expect(performance.now() - begun).toBeLessThan(20_000);
      expect(await detail(id)).toMatchObject({ service: { status: "running" } });
    } finally {
      dockerd.resume();
    }
    await dockerd.terminate();
    expect(await post(id, "stop")).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining("Docker at") },
    });
    const check = await api.call(`${path}/${id}/health-check`, { method: "POST" });
    expect(check.body).toMatchObject({ status: "down", reason: expect.stringContaining("Docker at") });
    await dockerd.start();
    await waitFor(
      async () => (await api.call(`${path}/${id}/health-check`, { method: "POST" })).body.status !== "down",
    );
    expect(await get(endpoint, account)).toBe("hello");
  });

  test("is imported with its key, and keeps its volume unless it is said otherwise", async () => {
    const Env = ["MINIO_ROOT_USER=legacy_user", "MINIO_ROOT_PASSWORD=a-secret-of-the-legacy-one"];
    const port = await freePort();
    const start = async () => {
      const { Id } = await docker<{ Id: string }>("/containers/create?name=minio-legacy", {
        method: "POST",
        body: {
          Image: testImages.minio,
          Env,
          Labels: { "temps.service_type": "minio", "temps.service_name": "legacy" },
          HostConfig: {
            Mounts: [{ Type: "volume", Source: "minio_legacy_data", Target: "/data" }],
            PortBindings: { "9000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
          },
        },
      });
      await docker(`/containers/${Id}/start`, { method: "POST" });
      return Id;
    };
    const importIt = (container_id: string, parameters = {}) =>
      api.call(`${path}/import`, {
        method: "POST",
        json: { name: "Legacy", service_type: "s3", container_id, parameters },
      });
    const first = await start();
    await waitFor(async () => (await fetch(`http://127.0.0.1:${port}`).catch(() => undefined)) !== undefined);
    expect((await api.call(`${path}/available-containers`)).body).toMatchObject([
      { container_id: first, engine: "minio", suggested_name: "legacy", is_running: true },
    ]);
    const wrong = { access_key: "legacy_user", secret_key: "not-the-secret-of-it" };
    expect((await importIt(first, wrong)).status).toBe(422);

    expect(await importIt(first)).toMatchObject({ status: 201 });
    const { service, container } = (await api.call(`${path}/by-slug/legacy`)).body;
    expect(service).toMatchObject({ engine: "minio", status: "running", endpoint: `http://127.0.0.1:${port}` });
    expect(container).toMatchObject({ container_id: first, is_imported: true, volume: "minio_legacy_data" });
    expect((await api.call(`${path}/available-containers`)).body).toEqual([]);
    expect((await importIt(first)).status).toBe(409);
    const account = await rootOf(api, service.id);
    await s3(service.endpoint).call({ method: "PUT", path: "/album", account });
    expect(await put(service.endpoint, account)).toBe(200);
    expect(await post(service.id, "stop")).toMatchObject({ status: 200 });
    expect(await post(service.id, "start")).toMatchObject({ status: 200 });
    expect((await detail(service.id)).container.container_id).toBe(first);

    expect((await remove(service.id)).status).toBe(204);
    expect(await dockerInventory(dockerd.socketPath)).toEqual([...before, "volume minio_legacy_data"].toSorted());
    const second = await start();
    await waitFor(async () => (await fetch(`http://127.0.0.1:${port}`).catch(() => undefined)) !== undefined);
    expect(await importIt(second)).toMatchObject({ status: 201 });
    const again = (await api.call(`${path}/by-slug/legacy`)).body.service;
    const moved = await update(again.id, { port: await freePort() });
    expect(moved).toMatchObject({ status: 200, body: { container: { is_imported: false } } });
    expect(await get(moved.body.service.endpoint, account)).toBe("hello");
    expect((await remove(again.id, "?force=true&volume=remove")).status).toBe(204);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
  });

  test("of Stave's own image needs no explanation; links name it in its network", async () => {
    const made = await create("Own", {
      engine: "custom",
      docker_image: testImages.stave,
      environment: { STAVE_LOG_LEVEL: "warn" },
      publish: "none",
    });
    expect(made.status).toBe(201);
    const { id } = made.body;
    const account = await rootOf(api, id);
    const { current_parameters, service } = await detail(id);
    expect(current_parameters.environment).toEqual({ STAVE_LOG_LEVEL: "***" });
    expect(JSON.stringify(service)).not.toContain(account.secretAccessKey);
    expect(new URL(service.endpoint).port).toBe("9000");
    await api.call("/api/projects", { method: "POST", json: { name: "My app" } });
    const json = { project_id: "my-app", use_service_credentials: true };
    expect((await api.call(`${path}/${id}/projects`, { method: "POST", json })).status).toBe(202);
    const variables = `${path}/${id}/projects/my-app/environment-file`;
    await waitFor(async () => (await api.call(variables)).status === 200);

    expect((await api.call(variables)).body).toContain("S3_ENDPOINT=http://custom-own:9000");
    expect(await remove(id, "?force=true")).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("my-app") },
    });
    await api.call(`${path}/${id}/projects/my-app`, { method: "DELETE" });
    await waitFor(async () => (await api.call(`${path}/${id}/projects`)).body.length === 0);
  });
});

/** Not the first free ones: while a container is stopped, the tests beside this one would take them. */
async function ports() {
  return { port: await freePort(), console_port: await freePort() };
}
