import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createS3Client, type S3Answer } from "../apps/gateway/test/support/s3-client.ts";
import { ann } from "../apps/gateway/test/support/start-gateway.ts";
import { dockerCall, dockerStream } from "./support/docker/docker-call.ts";
import { rulesOf } from "./support/docker/iptables-names.ts";
import { bridgesIn, mountsBelow, processesOf } from "./support/docker/remove-dockerd.ts";
import { requireDocker } from "./support/docker/require-docker.ts";
import { buildRgwImage, rgwReference } from "./support/docker/rgw-image.ts";
import { type RunningContainer, runContainer } from "./support/docker/run-container.ts";
import { startDockerd, type TestDockerd } from "./support/docker/start-dockerd.ts";
import { startRegistry } from "./support/docker/start-registry.ts";
import { startUnreliableProxy } from "./support/docker/start-unreliable-proxy.ts";
import { loadImages, loadTestImages, testImages } from "./support/docker/test-images.ts";

// What the tests with containers stand on.

const docker = requireDocker();
const rootKey = { accessKeyId: "AKIAROOT000000000001", secretAccessKey: "root-secret-0000000000000000000000000001" };
const otherKey = { accessKeyId: "AKIAROOT000000000002", secretAccessKey: "root-secret-0000000000000000000000000002" };

function listBuckets({ port }: RunningContainer, key = rootKey): Promise<S3Answer> {
  return createS3Client({ port }).call({ account: { ...ann, ...key }, path: "/" });
}

/** Everything on this machine that belongs to a dockerd. */
function traces({ slot, directory }: Pick<TestDockerd, "slot" | "directory">): readonly string[] {
  const rules = ["nat", "filter"].flatMap((table) => rulesOf("iptables", table));
  const groups = execFileSync("find", ["/sys/fs/cgroup", "-name", `${slot.cgroup}*`], { encoding: "utf8" });
  return [
    ...processesOf(slot, directory).map((pid) => `process ${pid}`),
    ...mountsBelow(directory),
    ...bridgesIn(slot),
    ...rules.filter((rule) => rule.includes(slot.chain) || rule.includes(slot.range) || rule.includes(slot.bridge)),
    ...groups.split("\n").filter((line) => line !== ""),
    ...(existsSync(directory) ? [directory] : []),
  ];
}

describe("where there is no Docker", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test("the tests say what to install, and skip", () => {
    vi.stubEnv("CI", undefined);
    vi.stubEnv("PATH", "/nowhere");
    const warn = vi.spyOn(console, "warn").mockReturnValue();

    expect(requireDocker()).toEqual({ isMissing: true });
    expect(warn.mock.calls.join()).toMatch(/^SKIPPED: The tests with real containers cannot run: /);
  });

  test("they fail in CI", () => {
    vi.stubEnv("CI", "true");
    vi.stubEnv("PATH", "/nowhere");

    expect(() => requireDocker()).toThrow("The tests with real containers cannot run");
  });
});

describe.skipIf(docker.isMissing)("a dockerd of the test's own", { timeout: 60_000 }, () => {
  let dockerd: TestDockerd;
  beforeAll(async () => {
    dockerd = await startDockerd();
    await loadTestImages(dockerd.socketPath, [
      "stave",
      "rustfs",
      "rustfsExits",
      "rustfsNeverReady",
      "rustfsRefusesWrites",
      "rustfsForeign",
      "minio",
    ]);
  }, 60_000);
  afterAll(() => dockerd?.stop());

  test("runs Stave's own image, which answers its root key and nobody else", async () => {
    const { socketPath } = dockerd;
    const env = { STAVE_ROOT_ACCESS_KEY: rootKey.accessKeyId, STAVE_ROOT_SECRET_KEY: rootKey.secretAccessKey };
    const container = await runContainer(socketPath, { image: testImages.stave, env });

    expect((await listBuckets(container)).status).toBe(200);
    expect((await listBuckets(container, otherKey)).code).toBe("InvalidAccessKeyId");
    await container.remove();
  });

  test.each([
    { image: testImages.rustfs, id: "RUSTFS_ACCESS_KEY", secret: "RUSTFS_SECRET_KEY", healthPath: "/health/ready" },
    { image: testImages.minio, id: "MINIO_ROOT_USER", secret: "MINIO_ROOT_PASSWORD", healthPath: "/minio/health/live" },
  ])("runs a stand-in for $image: its variables are the root key, and its data stays", async (engine) => {
    const { socketPath } = dockerd;
    const { image, healthPath } = engine;
    const volume = `${engine.id.toLowerCase()}-data`;
    const envOf = (key: typeof rootKey) => ({ [engine.id]: key.accessKeyId, [engine.secret]: key.secretAccessKey });
    const run = (key: typeof rootKey) => runContainer(socketPath, { image, env: envOf(key), volume, healthPath });
    const put = (port: number, key: typeof rootKey, path: string) =>
      createS3Client({ port }).call({ account: { ...ann, ...key }, method: "PUT", path });

    const first = await run(rootKey);
    expect((await put(first.port, rootKey, "/photos")).status).toBe(200);
    await first.remove();
    const second = await run(otherKey);
    expect((await listBuckets(second, otherKey)).text).toContain("<Name>photos</Name>");
    expect((await listBuckets(second, rootKey)).status).toBe(403);
    await second.remove();
  });

  test("runs images that are no good", async () => {
    const { socketPath } = dockerd;
    const env = { RUSTFS_ACCESS_KEY: rootKey.accessKeyId, RUSTFS_SECRET_KEY: rootKey.secretAccessKey };
    const run = (image: string, healthPath = "/health/ready") => runContainer(socketPath, { image, env, healthPath });

    await expect(run(testImages.rustfsExits)).rejects.toThrow("this image cannot start");
    await expect(run(testImages.rustfsForeign)).rejects.toThrow("exec format error");
    const never = await runContainer(socketPath, { image: testImages.rustfsNeverReady, env });
    expect((await fetch(`${never.endpoint}/health/ready`)).status).toBe(503);
    const refusing = await run(testImages.rustfsRefusesWrites);
    const s3 = createS3Client({ port: refusing.port });
    expect((await s3.call({ account: { ...ann, ...rootKey }, path: "/" })).status).toBe(200);
    expect((await s3.call({ account: { ...ann, ...rootKey }, method: "PUT", path: "/photos" })).status).toBe(503);
    await Promise.all([never.remove(), refusing.remove()]);
  });

  test("runs an S3 server that is not ours", async ({ skip }) => {
    const image = await buildRgwImage();
    if (image === undefined) return skip();
    await loadImages(dockerd.socketPath, [image]);
    const env = { S3_ACCESS_KEY: rootKey.accessKeyId, S3_SECRET_KEY: rootKey.secretAccessKey };

    const container = await runContainer(dockerd.socketPath, {
      image: rgwReference,
      env,
      healthPath: "/swift/healthcheck",
    });

    expect((await listBuckets(container)).status).toBe(200);
    expect((await listBuckets(container, otherKey)).status).toBe(403);
    await container.remove();
  }, 300_000);

  test("gets images from a registry, which can break off in the middle", async () => {
    const { socketPath } = dockerd;
    const registry = await startRegistry();
    const pull = () =>
      dockerStream(socketPath, `/images/create?fromImage=${registry.address}/stave&tag=1`, { method: "POST" });
    const forget = async () => {
      await dockerCall(socketPath, `/images/${registry.address}/stave:1`, { method: "DELETE" });
      await dockerCall(socketPath, `/images/${testImages.rustfsForeign}`, { method: "DELETE" });
    };
    try {
      const digest = await registry.push(socketPath, testImages.rustfsForeign, "stave:1");
      await forget();
      registry.connection.cutAfter(100);
      await expect(pull()).rejects.toThrow();
      registry.connection.pass();

      const events = await pull();

      expect(JSON.stringify(events)).toContain(`Digest: ${digest}`);
    } finally {
      await registry.stop();
    }
  });

  test("answers nothing while it hangs, or while the way to it does", async () => {
    const path = join(dockerd.directory, "proxy.sock");
    const proxy = await startUnreliableProxy({ at: { path }, to: { path: dockerd.socketPath } });
    const ping = (socketPath: string) => dockerCall(socketPath, "/_ping");
    const isAnswered = async (answer: Promise<unknown>) =>
      await Promise.race([answer.then(() => true), new Promise((resolve) => setTimeout(resolve, 300, false))]);
    expect(await ping(path)).toBe("OK");

    proxy.hang();
    const hung = ping(path);
    expect(await isAnswered(hung)).toBe(false);
    proxy.pass();
    expect(await hung).toBe("OK");
    proxy.cut();
    await expect(ping(path)).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/);
    await proxy.close();

    dockerd.suspend();
    const suspended = ping(dockerd.socketPath);
    expect(await isAnswered(suspended)).toBe(false);
    dockerd.resume();
    expect(await suspended).toBe("OK");
  });

  test("does not disturb another one, nor its published ports", async () => {
    const env = { STAVE_ROOT_ACCESS_KEY: rootKey.accessKeyId, STAVE_ROOT_SECRET_KEY: rootKey.secretAccessKey };
    const container = await runContainer(dockerd.socketPath, { image: testImages.stave, env });
    const rules = () =>
      ["nat", "filter"]
        .flatMap((table) => rulesOf("iptables", table))
        .filter((rule) => rule.includes(dockerd.slot.chain));
    const before = rules();

    const other = await startDockerd();
    expect(await dockerCall(other.socketPath, "/containers/json?all=1")).toEqual([]);
    await other.stop();

    expect(before.length).toBeGreaterThan(5);
    expect(rules()).toEqual(before);
    expect((await listBuckets(container)).status).toBe(200);
    await container.remove();
  });
});

describe.skipIf(docker.isMissing)("nothing is left", { timeout: 60_000 }, () => {
  const idle = { image: testImages.idle, healthPath: null };
  const network = { method: "POST", body: { Name: "apart", Internal: true } } as const;

  test("when a dockerd is stopped, whatever it has made and however often it was killed", async () => {
    const dockerd = await startDockerd();
    await loadTestImages(dockerd.socketPath, ["idle"]);
    await runContainer(dockerd.socketPath, idle);
    await dockerCall(dockerd.socketPath, "/networks/create", network);
    await dockerd.kill();
    await dockerd.start();
    await dockerd.terminate();
    await dockerd.start();
    await runContainer(dockerd.socketPath, idle);
    await dockerd.kill();
    expect(traces(dockerd).length).toBeGreaterThan(10);

    await dockerd.stop();

    expect(traces(dockerd)).toEqual([]);
  });

  test("of a test that was killed, as soon as the next one starts", async () => {
    const script = `
      const { startDockerd } = await import("./test/support/docker/start-dockerd.ts");
      const { slot, directory, socketPath } = await startDockerd();
      console.log("abandoned " + JSON.stringify({ slot, directory, socketPath }));
      await new Promise((resolve) => setInterval(resolve, 1_000_000));
    `;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], {
      cwd: join(import.meta.dirname, ".."),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const abandoned = await printedJson(child);
    await loadTestImages(abandoned.socketPath, ["idle"]);
    await runContainer(abandoned.socketPath, idle);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    expect(traces(abandoned).length).toBeGreaterThan(10);

    const next = await startDockerd();

    expect(next.slot).not.toBeUndefined();
    expect(existsSync(abandoned.directory)).toBe(false);
    await next.stop();
    expect(traces(abandoned)).toEqual([]);
  });

  test("of a disk that was filled", async () => {
    const dockerd = await startDockerd({ diskMib: 300, iptables: false });
    await loadTestImages(dockerd.socketPath, ["idle"]);
    const create = () => dockerCall(dockerd.socketPath, "/volumes/create", { method: "POST", body: {} });
    dockerd.disk?.fill();
    await expect(create()).rejects.toThrow("no space left on device");
    dockerd.disk?.free();
    await create();

    await dockerd.stop();

    expect(traces(dockerd)).toEqual([]);
    expect(execFileSync("losetup", ["--list"], { encoding: "utf8" })).not.toContain(dockerd.directory);
  });
});

type Abandoned = Pick<TestDockerd, "slot" | "directory" | "socketPath">;

async function printedJson(child: ChildProcess): Promise<Abandoned> {
  let printed = "";
  for await (const chunk of child.stdout ?? []) {
    printed += String(chunk);
    const [, json] = /^abandoned (.*)$/m.exec(printed) ?? [];
    if (json !== undefined) return JSON.parse(json);
  }
  throw new Error(`It ended before it had a dockerd:\n${printed}`);
}
