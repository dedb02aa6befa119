import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { createDockerServices, type DockerServices, type ReplaceStep, type ServiceContainer } from "../src/index.ts";
import { buildImages, images, specOf } from "./support/test-images.ts";

describe.skipIf(requireDocker().isMissing)("a container that takes the place of another", { timeout: 30_000 }, () => {
  let dockerd: TestDockerd;
  let docker: DockerServices;
  const call = <T = unknown>(path: string, options = {}) => dockerCall<T>(dockerd.socketPath, path, options);
  const ask = async (endpoint: string | undefined, path: string) => (await fetch(`${endpoint}${path}`)).text();

  beforeAll(async () => {
    dockerd = await startDockerd();
    docker = createDockerServices({ socketPath: dockerd.socketPath });
    await buildImages(dockerd.socketPath);
  }, 120_000);
  afterAll(() => dockerd?.stop(), 60_000);
  afterEach(async () => {
    for (const { serviceId = "" } of await docker.list()) await docker.remove(serviceId, { removeVolume: true });
    expect(await call("/containers/json?all=1")).toEqual([]);
  }, 30_000);

  test("has its data, its name and its port, and nothing of the other is left", async () => {
    const old = await serve();
    const steps: ReplaceStep[] = [];

    const result = await docker.replace(specOf("files", { image: images.next }), {
      containerId: old.id,
      onStep: (step) => void steps.push(step),
      verify: async ({ endpoint }) => expect(await ask(endpoint, "/version")).toBe("2"),
    });

    expect(result).toMatchObject({ outcome: "replaced", container: { name: old.name, endpoint: old.endpoint } });
    expect(steps).toEqual(["prepare", "switch", "verify", "finish"]);
    expect(await ask(old.endpoint, "/notes")).toBe("kept\n");
    expect(await docker.list()).toMatchObject([{ id: result.container.id, image: images.next }]);
    expect(await docker.findReplacement("id-files")).toBeUndefined();
  });

  test("can bring new keys, and be replaced in its turn", async () => {
    const old = await serve();
    const credentials = { accessKeyId: "AKIANEW", secretAccessKey: "another-secret" };

    const first = await docker.replace(specOf("files", { credentials }), { containerId: old.id });
    const second = await docker.replace(specOf("files"), { containerId: first.container.id });

    expect([first.outcome, second.outcome]).toEqual(["replaced", "replaced"]);
    expect(await ask(old.endpoint, "/key")).toBe("AKIATEST");
  });

  test.each([
    ["dies", images.exits, undefined],
    ["never gets healthy", images.neverReady, undefined],
    ["does not pass the probe", images.next, () => Promise.reject(new Error("no write"))],
  ])("goes again when it %s, and the old one serves as before", async (_, image, verify) => {
    const old = await serve();

    const result = await docker.replace(specOf("files", { image }), {
      containerId: old.id,
      healthTimeoutMs: 1500,
      ...(verify && { verify }),
    });

    expect(result).toMatchObject({
      outcome: "rolledBack",
      error: expect.any(Error),
      container: { id: old.id, name: old.name, state: "running", restartPolicy: "unless-stopped" },
    });
    expect(await ask(old.endpoint, "/notes")).toBe("kept\n");
    expect(await docker.list()).toHaveLength(1);
  });

  test("is not even made for an image that is not there", async () => {
    const old = await serve();

    const replacing = docker.replace(specOf("files", { image: "tests/server:nowhere" }), { containerId: old.id });

    await expect(replacing).rejects.toMatchObject({ code: "ImageNotFound" });
    expect(await docker.list()).toMatchObject([{ id: old.id, state: "running", startedAt: old.startedAt }]);
  });

  test("goes again when it is called off", async () => {
    const old = await serve();
    const controller = new AbortController();

    const result = await docker.replace(specOf("files", { image: images.neverReady }), {
      containerId: old.id,
      signal: controller.signal,
      onStep: (step) => (step === "verify" ? controller.abort() : undefined),
    });

    expect(result).toMatchObject({ outcome: "rolledBack", container: { id: old.id, state: "running" } });
  });

  test("is found after a crash at any step, and rolled back or finished from there", async () => {
    const old = await serve();
    const spec = specOf("files", { image: images.next });

    const prepared = await docker.prepareReplacement(spec, { containerId: old.id });
    expect(await docker.prepareReplacement(spec, { containerId: old.id })).toEqual(prepared);
    expect(await docker.findReplacement("id-files")).toEqual({ ...prepared, phase: "prepared" });
    await expect(docker.create(specOf("files"))).rejects.toMatchObject({ code: "Conflict" });
    await docker.rollbackReplacement(prepared);
    expect(await docker.findReplacement("id-files")).toBeUndefined();
    expect(await docker.inspect(old.id)).toMatchObject({ state: "running", startedAt: old.startedAt });

    const second = await docker.prepareReplacement(spec, { containerId: old.id });
    await docker.stop(old.id); // where a crash comes in the middle of a switch
    await call(`/containers/${old.id}/rename?name=${old.name}-old`, { method: "POST" });
    expect(await docker.findReplacement("id-files")).toEqual({ ...second, phase: "switching" });
    expect(await docker.prepareReplacement(spec, { containerId: old.id })).toEqual(second);
    await docker.switchReplacement(second);
    await docker.switchReplacement(second);
    expect(await docker.findReplacement("id-files")).toEqual({ ...second, phase: "switched" });
    await docker.rollbackReplacement(second);
    await docker.rollbackReplacement(second);
    expect(await docker.inspect(old.id)).toMatchObject({ state: "running", name: old.name });

    const third = await docker.prepareReplacement(spec, { containerId: old.id });
    await docker.switchReplacement(third);
    await docker.waitHealthy(third.newId);
    await docker.finishReplacement(third);
    await docker.finishReplacement(third);
    expect(await docker.list()).toMatchObject([{ id: third.newId, name: old.name }]);
    expect(await ask(old.endpoint, "/notes")).toBe("kept\n");
    await expect(docker.rollbackReplacement(third)).rejects.toMatchObject({ code: "Conflict" });
  }, 60_000);

  test("adopts one that somebody else has made, with its volume", async () => {
    const port = await freePort();
    const HostConfig = {
      Mounts: [{ Type: "volume", Source: "rustfs_photos_data", Target: "/data" }],
      PortBindings: { "9000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      RestartPolicy: { Name: "always" },
    };
    const body = { Image: images.good, Env: ["ACCESS_KEY=AKIAOLD"], HostConfig };
    const { Id } = await call<{ Id: string }>("/containers/create?name=rustfs-photos", { method: "POST", body });
    await docker.start(Id);
    await docker.waitHealthy(Id, { url: `http://127.0.0.1:${port}/health` });
    await ask(`http://127.0.0.1:${port}`, "/add?text=old");
    const adopted = specOf("photos", { volumeName: "rustfs_photos_data", isVolumeAdopted: true, ports: { api: port } });

    const elsewhere = docker.replace(specOf("photos"), { containerId: Id });
    await expect(elsewhere).rejects.toMatchObject({
      code: "Conflict",
      message: expect.stringContaining("rustfs_photos_data"),
    });
    const bad = await docker.replace({ ...adopted, image: images.exits }, { containerId: Id });
    expect(bad).toMatchObject({ outcome: "rolledBack", container: { id: Id, restartPolicy: "always" } });
    const good = await docker.replace(adopted, { containerId: Id });

    expect(good).toMatchObject({ outcome: "replaced", container: { name: "rustfs-photos", serviceId: "id-photos" } });
    expect(await ask(`http://127.0.0.1:${port}`, "/notes")).toBe("old\n");
    await docker.remove("id-photos", { removeVolume: true });
    await call("/volumes/rustfs_photos_data");
  }, 60_000);

  async function serve(): Promise<ServiceContainer> {
    const { id } = await docker.create(specOf("files", { ports: { api: await freePort() } }));
    const container = await docker.waitHealthy(id);
    await ask(container.endpoint, "/add?text=kept");
    return container;
  }
});
