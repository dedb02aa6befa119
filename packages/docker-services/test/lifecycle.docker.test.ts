import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { createService } from "../src/create-service.ts";
import { createEngineClient, type EngineClient } from "../src/engine-client.ts";
import { createContext } from "../src/engine-context.ts";
import { createDockerServices, type DockerServices, rustfs } from "../src/index.ts";
import { buildImages, engine, images, specOf } from "./support/test-images.ts";

describe.skipIf(requireDocker().isMissing)("a service in a container", { timeout: 30_000 }, () => {
  let dockerd: TestDockerd;
  let docker: DockerServices;
  const call = <T = unknown>(path: string, options = {}) => dockerCall<T>(dockerd.socketPath, path, options);
  const ask = async (endpoint: string | undefined, path: string) => (await fetch(`${endpoint}${path}`)).text();

  beforeAll(async () => {
    dockerd = await startDockerd();
    docker = createDockerServices({ socketPath: dockerd.socketPath });
    await buildImages(dockerd.socketPath);
    await loadTestImages(dockerd.socketPath, ["rustfsForeign"]);
  }, 120_000);
  afterAll(() => dockerd?.stop(), 60_000);
  afterEach(async () => {
    for (const { Id } of await call<{ Id: string }[]>("/containers/json?all=1")) {
      await call(`/containers/${Id}?force=1`, { method: "DELETE" });
    }
    for (const { Name } of (await call<{ Volumes: { Name: string }[] }>("/volumes")).Volumes ?? []) {
      await call(`/volumes/${Name}`, { method: "DELETE" });
    }
    for (const { Id, Name } of await call<{ Id: string; Name: string }[]>("/networks")) {
      if (!["bridge", "host", "none"].includes(Name)) await call(`/networks/${Id}`, { method: "DELETE" });
    }
  }, 30_000);

  test("is confined, and reached on loopback alone", async () => {
    const made = await docker.create(specOf("files"));
    const { endpoint = "" } = await docker.waitHealthy(made.id);

    const inspected = await call<Inspected>(`/containers/${made.id}/json`);

    expect(await ask(endpoint, "/key")).toBe("AKIATEST");
    expect(made).toMatchObject({ name: "custom-files", serviceId: "id-files", engineName: "custom", state: "running" });
    expect(inspected.HostConfig).toMatchObject({
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      PidsLimit: 512,
      ReadonlyRootfs: true,
      RestartPolicy: { Name: "unless-stopped" },
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
      NetworkMode: "stave-files",
      Privileged: false,
    });
    expect(Object.values(inspected.NetworkSettings.Ports).flat()).toEqual([
      { HostIp: "127.0.0.1", HostPort: new URL(endpoint).port },
    ]);
    expect(made.volumes).toEqual([{ name: "custom_files_data", path: "/data" }]);
  });

  test("is there once, however often it is made", async () => {
    const first = await docker.create(specOf("files"));
    await docker.stop(first.id);

    const second = await docker.create(specOf("files"));

    expect(second).toMatchObject({ id: first.id, state: "running", ports: first.ports });
    expect(await docker.list()).toHaveLength(1);
    await expect(docker.create(specOf("files", { region: "mars", image: images.next }))).rejects.toMatchObject({
      code: "Conflict",
    });
  });

  test("is completed when a crash has left a part of it", async () => {
    const spec = specOf("files");
    const made = await docker.create(spec);
    await docker.remove(spec.id, { removeVolume: false });
    const half = await createOnly(spec.name, made.labels);

    const whole = await docker.create(spec);

    expect(whole.id).not.toBe(half);
    expect(await docker.list()).toMatchObject([{ id: whole.id, state: "running" }]);
  });

  test("takes the first free port, past listeners and stopped containers", async () => {
    const first = await docker.create(specOf("one"));
    await docker.stop(first.id);
    const firstPort = first.ports.api ?? 0;
    const listener = await listen(firstPort + 1);

    const second = await docker.create(specOf("two"));

    expect(second.ports.api).toBeGreaterThan(firstPort + 1);
    await expect(docker.create(specOf("three", { ports: { api: firstPort } }))).rejects.toMatchObject({
      code: "PortTaken",
    });
    await expect(docker.create(specOf("three", { ports: { api: firstPort + 1 } }))).rejects.toMatchObject({
      code: "PortTaken",
    });
    expect(await names()).toEqual(["custom-one", "custom-two"]);
    await close(listener);
  });

  test("takes another port when somebody comes between the look and the start", async () => {
    const thieves: Server[] = [];
    const client = createEngineClient({ socketPath: dockerd.socketPath, timeoutMs: 30_000 });
    const raced: EngineClient = {
      ...client,
      async request<T>(...[method, path, request]: Parameters<EngineClient["request"]>): Promise<T> {
        if (path.endsWith("/start") && thieves.length < 2) {
          const id = path.split("/")[2] ?? "";
          thieves.push(await listen((await docker.inspect(id)).ports.api ?? 0));
        }
        return client.request<T>(method, path, request);
      },
    };

    const made = await createService(createContext(raced, Date.now), specOf("files"));

    expect(made.state).toBe("running");
    expect(await docker.list()).toHaveLength(1);
    const other = await docker.create(specOf("other"));
    const wished = specOf("wished", { ports: { api: other.ports.api ?? 0 } });
    await docker.remove("id-other", { removeVolume: true });
    thieves.pop()?.close();
    const again = createService(createContext(raced, Date.now), wished);
    await expect(again).rejects.toMatchObject({ code: "PortTaken" });
    expect(await names()).toEqual(["custom-files"]);
    for (const thief of thieves) thief.close();
  });

  test("touches no volume, network or container of somebody else, and leaves nothing when it fails", async () => {
    const body = { Name: "custom_files_data" };
    await call("/volumes/create", { method: "POST", body });
    await expect(docker.create(specOf("files"))).rejects.toMatchObject({ code: "Conflict" });

    await call("/networks/create", { method: "POST", body: { Name: "stave-web" } });
    await expect(docker.create(specOf("web"))).rejects.toMatchObject({ code: "Conflict" });

    await call("/containers/create?name=custom-taken", { method: "POST", body: { Image: images.good } });
    await expect(docker.create(specOf("taken"))).rejects.toMatchObject({ code: "NameTaken" });

    expect(await docker.list()).toEqual([]);
    expect(await docker.remove("id-files", { removeVolume: true })).toMatchObject({ volumes: [], networks: [] });
    expect(await volumes()).toEqual(["custom_files_data"]);
    expect(await networks()).toEqual(["stave-web"]);
  });

  test("is refused for an image that is missing or of another machine, and for limits that cannot be", async () => {
    const missing = docker.create(specOf("files", { image: "tests/server:nowhere" }));
    await expect(missing).rejects.toMatchObject({ code: "ImageNotFound" });
    const foreign = docker.create(specOf("files", { image: testImages.rustfsForeign }));
    await expect(foreign).rejects.toMatchObject({ code: "ImageWrongArchitecture" });
    const limits = { memoryBytes: 1, swapExtraBytes: null, cpuCores: 10_000, pids: null, shmBytes: null };
    await expect(docker.create(specOf("files", { limits }))).rejects.toMatchObject({ code: "LimitRefused" });

    expect([await names(), await volumes(), await networks()]).toEqual([[], [], []]);
  });

  test("that dies is not waited for, and the error has its last words", async () => {
    const { id } = await docker.create(specOf("files", { image: images.exits }));

    const waiting = docker.waitHealthy(id);

    await expect(waiting).rejects.toMatchObject({
      code: "NotHealthy",
      message: expect.stringMatching(/exit code 3.*this version cannot start/s),
    });
  });

  test("that never gets healthy is given up", async () => {
    const { id } = await docker.create(specOf("files", { image: images.neverReady }));

    const waiting = docker.waitHealthy(id, { timeoutMs: 2000 });

    await expect(waiting).rejects.toMatchObject({ code: "NotHealthy", message: expect.stringContaining("503") });
  });

  test("may be on an internal network, reached by its address and never published", async () => {
    const { id, ports } = await docker.create(specOf("files", { publish: "none" }));

    const { endpoint } = await docker.waitHealthy(id);

    expect(ports).toEqual({});
    expect(endpoint).toMatch(/^http:\/\/10\.\d+\.\d+\.\d+:9000$/);
    expect(await ask(endpoint, "/version")).toBe("1");
    const [network] = await call<{ Internal: boolean }[]>('/networks?filters={"name":["stave-files"]}');
    expect(network?.Internal).toBe(true);
  });

  test("starts, stops and goes, again and again", async () => {
    const { id } = await docker.create(specOf("files"));

    await docker.start(id);
    await docker.waitHealthy(id);
    await docker.stop(id);
    await docker.stop(id);
    expect(await docker.inspect(id)).toMatchObject({ state: "exited", exitCode: 0 });

    const kept = await docker.remove("id-files", { removeVolume: false });
    expect(kept).toMatchObject({ containers: ["custom-files"], networks: ["stave-files"], volumes: [] });
    const gone = await docker.remove("id-files", { removeVolume: true });
    expect(gone).toMatchObject({ containers: [], networks: [], volumes: ["custom_files_data"] });
    expect(await docker.remove("id-files", { removeVolume: true })).toMatchObject({ volumes: [], stillUsed: [] });
    for (const call of [docker.start, docker.stop, docker.inspect]) {
      await expect(call(id)).rejects.toMatchObject({ code: "ContainerNotFound" });
    }
  });

  test("that others use is removed as far as that goes, and what is left is said", async () => {
    await docker.create(specOf("files"));
    const HostConfig = { NetworkMode: "stave-files", Mounts: [mount("custom_files_data")] };
    const body = { Image: images.good, HostConfig };
    const { Id } = await call<{ Id: string }>("/containers/create?name=app", { method: "POST", body });
    await call(`/containers/${Id}/start`, { method: "POST" });

    const removed = await docker.remove("id-files", { removeVolume: true });

    expect(removed).toMatchObject({ containers: ["custom-files"], stillUsed: ["custom_files_data", "stave-files"] });
  });

  test("of somebody else is found to be imported, with its keys", async () => {
    await call("/images/tests/server:1/tag?repo=minio/minio&tag=old", { method: "POST" });
    const Labels = { "temps.service_type": "rustfs", "temps.service_name": "photos" };
    const Env = ["RUSTFS_ACCESS_KEY=AKIAOLD", "RUSTFS_SECRET_KEY=old=secret"];
    const HostConfig = { Mounts: [mount("rustfs_photos_data")], PortBindings: { "9000/tcp": [{ HostPort: "9500" }] } };
    const old = { Image: images.good, Labels, Env, HostConfig };
    const { Id } = await call<{ Id: string }>("/containers/create?name=rustfs-photos", { method: "POST", body: old });
    await call("/containers/create?name=minio-media", { method: "POST", body: { Image: "minio/minio:old" } });
    await call("/containers/create?name=web", { method: "POST", body: { Image: images.good } });
    await docker.create(specOf("own"));

    const found = await docker.findImportable();

    expect(found.map(({ name, serviceName, engineName }) => [name, serviceName, engineName]).toSorted()).toEqual([
      ["minio-media", "media", "minio"],
      ["rustfs-photos", "photos", "rustfs"],
    ]);
    expect(found.find(({ id }) => id === Id)).toMatchObject({
      isRunning: false,
      publishedPorts: { 9000: 9500 },
      volumes: [{ name: "rustfs_photos_data", path: "/data" }],
    });
    expect(await docker.readCredentials({ id: Id, engine: rustfs })).toEqual({
      accessKeyId: "AKIAOLD",
      secretAccessKey: "old=secret",
    });
    expect(await docker.readCredentials({ id: Id, engine })).toBeUndefined();
  });

  type Inspected = {
    readonly HostConfig: Readonly<Record<string, unknown>>;
    readonly NetworkSettings: { readonly Ports: Readonly<Record<string, unknown>> };
  };

  function mount(name: string) {
    return { Type: "volume", Source: name, Target: "/data" };
  }

  async function createOnly(name: string, Labels: object): Promise<string> {
    const body = { Image: images.good, Labels };
    return (await call<{ Id: string }>(`/containers/create?name=custom-${name}`, { method: "POST", body })).Id;
  }

  async function names(): Promise<readonly string[]> {
    const listed = await call<{ Names: string[] }[]>("/containers/json?all=1");
    return listed.flatMap(({ Names }) => Names.map((name) => name.slice(1))).toSorted();
  }

  async function volumes(): Promise<readonly string[]> {
    const { Volumes } = await call<{ Volumes: { Name: string }[] | null }>("/volumes");
    // Without those that Docker makes for a container that is made by hand here.
    return (Volumes ?? []).map(({ Name }) => Name).filter((name) => name.length < 64);
  }

  async function networks(): Promise<readonly string[]> {
    const listed = await call<{ Name: string }[]>("/networks");
    return listed.map(({ Name }) => Name).filter((name) => !["bridge", "host", "none"].includes(name));
  }
});

function listen(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function close(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}
