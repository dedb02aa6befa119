import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type ResourceLimits, unlimited } from "@stave/resource-limits";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { startRegistry, type TestRegistry } from "../../../test/support/docker/start-registry.ts";
import {
  type ContainerEvent,
  createDockerServices,
  type DockerServices,
  type PullProgress,
  type ServiceContainer,
} from "../src/index.ts";
import { buildImages, images, specOf } from "./support/test-images.ts";

const mib = 1024 ** 2;

describe.skipIf(requireDocker().isMissing)("an engine and what runs on it", { timeout: 30_000 }, () => {
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

  describe("limits", () => {
    test("are changed while it runs, and read back from the kernel's side", async () => {
      const { id, startedAt } = await serve("files");

      const result = await docker.updateLimits(id, limitsOf({ memoryBytes: 256 * mib, cpuCores: 0.5 }));

      expect(result).toEqual({ outcome: "applied", needsRecreate: [], isExactAfterRecreate: [] });
      const inspected = await call<{ HostConfig: object }>(`/containers/${id}/json`);
      const numbers = { Memory: 256 * mib, MemorySwap: 256 * mib, NanoCpus: 5e8, PidsLimit: 512 };
      expect(inspected.HostConfig).toMatchObject(numbers);
      const [stats] = await docker.stats([id]);
      expect(stats).toMatchObject({ stats: { memoryLimitBytes: 256 * mib } });
      expect(await docker.inspect(id)).toMatchObject({ startedAt, limits: { memoryBytes: 256 * mib, cpuCores: 0.5 } });
    });

    test("that are taken away are those of the machine, and it says so", async () => {
      const { id } = await serve("files", limitsOf({ memoryBytes: 256 * mib, swapExtraBytes: 64 * mib, cpuCores: 1 }));

      const result = await docker.updateLimits(id, unlimited);

      expect(result).toEqual({
        outcome: "applied",
        needsRecreate: [],
        isExactAfterRecreate: ["memoryBytes", "cpuCores"],
      });
      expect((await docker.inspect(id)).limits).toEqual(unlimited);
    });

    test("below use, or beyond the machine, are refused and change nothing", async () => {
      const { id, endpoint } = await serve("files");
      await ask(endpoint, "/allocate?mib=200");

      const below = await docker.updateLimits(id, limitsOf({ memoryBytes: 128 * mib }));
      const beyond = await docker.updateLimits(id, limitsOf({ cpuCores: 10_000 }));

      expect(below).toMatchObject({ outcome: "failed", error: { code: "LimitRefused" } });
      expect(below.error?.message).toMatch(/\d+(\.\d+)? MiB in use now/);
      expect(beyond).toMatchObject({ outcome: "failed", error: { code: "LimitRefused" } });
      expect((await docker.inspect(id)).limits).toEqual(unlimited);
    });

    test("of what does not run are stored, of what is gone are not, and shared memory takes a new container", async () => {
      const { id } = await serve("files");
      const shm = await docker.updateLimits(id, limitsOf({ memoryBytes: 300 * mib, shmBytes: 32 * mib }));
      await docker.stop(id);

      const stopped = await docker.updateLimits(id, limitsOf({ memoryBytes: 200 * mib }));
      await docker.remove("id-files", { removeVolume: true });
      const missing = await docker.updateLimits(id, unlimited);

      expect(shm).toMatchObject({ outcome: "requires_recreate", needsRecreate: ["shmBytes"] });
      expect([stopped.outcome, missing.outcome]).toEqual(["stopped", "missing"]);
    });
  });

  test("use is measured, with 100 percent for a core", async () => {
    const [busy, idle, stopped] = await Promise.all([serve("busy"), serve("idle"), serve("stopped")]);
    await docker.stop(stopped.id);
    const ids = [busy.id, idle.id, stopped.id, "0".repeat(64)];
    await docker.stats(ids);
    await Promise.all([1, 2].map(() => ask(busy.endpoint, "/spin")));

    const results = await docker.stats(ids);

    expect(results.map(({ outcome }) => outcome)).toEqual(["sampled", "sampled", "stopped", "missing"]);
    const [first, second] = results.map((result) => (result.outcome === "sampled" ? result.stats : undefined));
    const { cpuCores, memoryBytes } = await docker.host();
    expect(first?.cpuPercent).toBeGreaterThan(second?.cpuPercent ?? 0);
    expect(first?.cpuPercent).toBeLessThanOrEqual(cpuCores * 100);
    expect(first).toMatchObject({ onlineCpus: cpuCores, pids: expect.any(Number) });
    expect(first?.memoryBytes).toBeGreaterThan(mib);
    expect(first?.memoryLimitBytes).toBeLessThanOrEqual(memoryBytes);
    expect(first?.receivedBytes).toBeGreaterThan(0);
  });

  test("what happens is told: a kill for memory, an end with its code, a removal", async () => {
    const { id, endpoint } = await serve("files", limitsOf({ memoryBytes: 128 * mib }));
    const watch = startWatch();
    await expect.poll(() => watch.connections).toBe(1);

    await ask(endpoint, "/allocate?mib=400").catch(() => {});
    await expect.poll(() => watch.kinds(id), { timeout: 10_000 }).toContain("oom");
    await expect.poll(() => watch.events.find(({ kind }) => kind === "die")?.exitCode, { timeout: 10_000 }).toBe(137);
    await expect.poll(async () => (await docker.inspect(id)).restartCount, { timeout: 10_000 }).toBeGreaterThan(0);
    await docker.remove("id-files", { removeVolume: true });
    await expect.poll(() => watch.kinds(id), { timeout: 10_000 }).toContain("destroy");

    expect(watch.events.find(({ kind }) => kind === "oom")).toMatchObject({
      containerId: id,
      serviceId: "id-files",
      name: "custom-files",
      at: expect.any(Date),
    });
    await watch.stop();
  });

  test("what was printed is read line by line, and followed", async () => {
    const { id, endpoint } = await serve("files");
    await ask(endpoint, "/print?out=first%20line&err=an%20Error");
    await ask(endpoint, `/print?out=${"x".repeat(14_000)}&err=last`);
    const collect = async (options = {}) => {
      const lines: string[] = [];
      for await (const { stream, text } of docker.logs(id, options)) lines.push(`${stream} ${text.slice(0, 20)}`);
      return lines.toSorted();
    };

    expect(await collect({ text: "error" })).toEqual(["stderr an Error"]);
    expect(await collect({ tail: 2 })).toEqual(["stderr last", `stdout ${"x".repeat(20)}`]);
    expect(await collect({ since: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await collect()).toHaveLength(5);

    const followed = docker.logs(id, { tail: 0, follow: true });
    const seen: string[] = [];
    const next = followed.next().then(({ value }) => void seen.push(value.text));
    // It begins with what is printed from now on, some time after it is asked for.
    await expect.poll(() => ask(endpoint, "/print?out=news&err=news").then(() => seen)).toEqual(["news"]);
    await next;
    await docker.remove("id-files", { removeVolume: true });
    for await (const _ of followed); // ends with the container
    await expect(docker.logs(id).next()).rejects.toMatchObject({ code: "ContainerNotFound" });
  });

  test("a volume is saved and restored, with nothing left behind", async () => {
    const { id, endpoint } = await serve("files");
    await ask(endpoint, "/add?text=saved");
    const archive = { volumeName: "custom_files_data", serviceId: "id-files", image: images.good };
    const to = new PassThrough();

    const [bytes] = await Promise.all([buffer(to), docker.saveVolume({ ...archive, to })]);
    await ask(endpoint, "/add?text=later");
    await docker.stop(id);
    await docker.restoreVolume({ ...archive, from: Readable.from([bytes]) });
    await docker.start(id);
    await docker.waitHealthy(id);

    expect(await ask(endpoint, "/notes")).toBe("saved\n");
    expect(await docker.volumeSize("custom_files_data")).toBeGreaterThan(0);
    expect(await call<object[]>("/containers/json?all=1")).toHaveLength(1);
    const lost = { ...archive, volumeName: "nowhere" };
    await expect(docker.saveVolume({ ...lost, to: new PassThrough() })).rejects.toMatchObject({
      code: "VolumeNotFound",
    });
    await expect(docker.volumeSize("nowhere")).rejects.toMatchObject({ code: "VolumeNotFound" });
  });

  test("a volume is copied whole, also when an earlier try was cut off, and no volume of others is touched", async () => {
    const { id, endpoint } = await serve("files");
    await ask(endpoint, "/add?text=copied");
    await docker.stop(id);
    const names = async () => (await call<{ Volumes: { Name: string }[] }>("/volumes")).Volumes.map(({ Name }) => Name);
    const before = await names();
    const copy = { volumeName: "custom_files_data", copyName: "files_copy", serviceId: "id-files", image: images.good };
    // What a process that was killed has left.
    const half = { Name: "files_copy", Labels: { "stave.service": "id-files" } };
    await call("/volumes/create", { method: "POST", body: half });
    await call("/containers/create?name=left", {
      method: "POST",
      body: {
        Image: images.good,
        Labels: { "stave.helper-of": "id-files" },
        HostConfig: { Mounts: [{ Type: "volume", Source: "files_copy", Target: "/volume" }] },
      },
    });

    await docker.copyVolume(copy);

    const saved = async (volumeName: string) => {
      const to = new PassThrough();
      return (await Promise.all([buffer(to), docker.saveVolume({ ...copy, volumeName, to })]))[0];
    };
    expect((await saved("files_copy")).includes("copied\n")).toBe(true);
    expect(await call<object[]>("/containers/json?all=1")).toHaveLength(1);
    await expect(docker.copyVolume({ ...copy, serviceId: "another" })).rejects.toMatchObject({ code: "Conflict" });
    await expect(docker.removeVolume({ name: "files_copy", serviceId: "another" })).rejects.toMatchObject({
      code: "Conflict",
    });
    await expect(docker.copyVolume({ ...copy, volumeName: "nowhere", copyName: "more" })).rejects.toMatchObject({
      code: "VolumeNotFound",
    });
    expect(await docker.removeVolume({ name: "files_copy", serviceId: "id-files" })).toBe(true);
    expect(await docker.removeVolume({ name: "files_copy", serviceId: "id-files" })).toBe(false);
    expect(await names()).toEqual(before);
  });

  describe("an image", () => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await startRegistry();
    });
    afterAll(() => registry?.stop());

    test("is pulled with its progress and its digest, which may be named instead of the tag", async () => {
      const name = "s3/server:1";
      const digest = await registry.push(dockerd.socketPath, images.good, name);
      const reference = `${registry.address}/${name}`;
      const forget = () => call(`/images/${encodeURIComponent(reference)}?force=1`, { method: "DELETE" });
      await forget();
      const progress: PullProgress[] = [];

      const pulled = await docker.pull(reference, { onProgress: (it) => void progress.push(it) });
      const pinned = await docker.pull(`${registry.address}/s3/server@${digest}`);

      expect(pulled).toMatchObject({ digest, reference });
      expect(pinned.id).toBe(pulled.id);
      expect(progress.at(-1)?.status).toMatch(/Downloaded|up to date/);
      const sums = progress.map(({ receivedBytes }) => receivedBytes);
      expect(sums).toEqual(sums.toSorted((a, b) => a - b));
    });

    test("that is missing, or whose registry is not there, is told apart", async () => {
      await expect(docker.pull(`${registry.address}/s3/server:nowhere`)).rejects.toMatchObject({
        code: "ImageNotFound",
      });
      const nobody = await freePort();
      await expect(docker.pull(`127.0.0.1:${nobody}/s3/server:1`)).rejects.toMatchObject({ code: "PullFailed" });
      await expect(docker.pull("no such name")).rejects.toMatchObject({ code: "ImageInvalid" });
      await expect(docker.resolveImage("s3/nowhere")).rejects.toMatchObject({ code: "ImageNotFound" });
    });

    test("that was built here needs no registry and has no digest", async () => {
      expect(await docker.resolveImage(images.good)).toMatchObject({
        digest: undefined,
        architecture: (await docker.host()).architecture,
        id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      });
    });
  });

  describe("an engine that is away", () => {
    test("is told from one that nobody listens for", async () => {
      const missing = createDockerServices({ socketPath: join(dockerd.directory, "nowhere.sock") });
      await expect(missing.host()).rejects.toMatchObject({
        code: "DockerUnreachable",
        message: expect.stringContaining("there is no engine"),
      });

      const port = await freePort();
      const refused = createDockerServices({ host: `tcp://127.0.0.1:${port}` });
      await expect(refused.host()).rejects.toMatchObject({
        code: "DockerUnreachable",
        message: expect.stringContaining("nobody listens"),
      });
    });

    test("and hangs keeps nobody for longer than the time limit, or than the caller wants", async () => {
      const { id } = await serve("files");
      const hasty = createDockerServices({ socketPath: dockerd.socketPath, timeoutMs: 300 });
      dockerd.suspend();
      try {
        const start = performance.now();
        const calls = [hasty.host(), hasty.list(), hasty.start(id), hasty.create(specOf("other")), hasty.stats([id])];
        const results = await Promise.allSettled(calls);
        const called = docker.inspect(id, { signal: AbortSignal.timeout(100) });

        await expect(called).rejects.toMatchObject({ name: "TimeoutError" });
        expect(performance.now() - start).toBeLessThan(5000);
        expect(results.slice(0, 4)).toMatchObject(
          Array(4).fill({ status: "rejected", reason: { code: "DockerUnreachable" } }),
        );
        expect(results[4]).toMatchObject({ value: [{ outcome: "failed", error: { code: "DockerUnreachable" } }] });
      } finally {
        dockerd.resume();
      }
      expect(await docker.inspect(id)).toMatchObject({ state: "running" });
    });

    test("and comes back is watched again, after everything was to be listed anew", async () => {
      const watch = startWatch();
      await expect.poll(() => watch.connections).toBe(1);
      await dockerd.terminate();
      await expect.poll(() => watch.failures, { timeout: 10_000 }).toContain("DockerUnreachable");
      await expect(docker.host()).rejects.toMatchObject({ code: "DockerUnreachable" });
      await dockerd.start();

      await expect.poll(() => watch.connections, { timeout: 15_000 }).toBe(2);
      const { id } = await docker.create(specOf("files", { ports: { api: await freePort() } }));
      await expect.poll(() => watch.kinds(id)).toContain("start");
      await watch.stop();
    });
  });

  async function serve(name: string, limits: ResourceLimits = unlimited): Promise<ServiceContainer> {
    const { id } = await docker.create(specOf(name, { limits, ports: { api: await freePort() } }));
    return docker.waitHealthy(id);
  }

  function startWatch() {
    const controller = new AbortController();
    const watch = {
      connections: 0,
      events: [] as ContainerEvent[],
      failures: [] as string[],
      kinds: (id: string) => watch.events.filter(({ containerId }) => containerId === id).map(({ kind }) => kind),
      stop: async () => {
        controller.abort();
        await ended;
      },
    };
    const ended = docker.watchEvents({
      signal: controller.signal,
      onEvent: (event) => void watch.events.push(event),
      onConnected: () => {
        watch.connections += 1;
      },
      onDisconnected: ({ code }) => void watch.failures.push(code),
    });
    return watch;
  }
});

function limitsOf(limits: Partial<ResourceLimits>): ResourceLimits {
  return { ...unlimited, ...limits };
}
