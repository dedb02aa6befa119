import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { dockerInventory } from "./support/docker-inventory.ts";
import { endedJob } from "./support/ended-job.ts";
import { runningService } from "./support/running-service.ts";
import { rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

const path = "/api/external-services";
const mib = 1024 ** 2;

/** On SIGUSR2 its first process takes memory until the kernel ends it. */
const eatsMemory = "process.on('SIGUSR2',()=>{const%20a=[];for(;;)a.push(Buffer.alloc(33554432,1))})";
const environment = { NODE_OPTIONS: `--import=data:text/javascript,${eatsMemory}` };

// One service of Stave's own image on a real Docker, from its first minute to its last. Each test goes on where the one before has ended.
// Its migration is tested where the other engine is: a thousand objects from RGW to the built-in engine in migrations-rgw.docker.test.ts.
describe.skipIf(requireDocker().isMissing)("the life of a service", { timeout: 120_000 }, () => {
  let dockerd: TestDockerd;
  let gateway: TestGateway;
  let api: TestApi;
  let backups = "";
  let before: readonly string[] = [];
  let id = 0;
  let port = 0;
  let backupId = "";
  beforeAll(async () => {
    [dockerd, gateway] = await Promise.all([startDockerd(), startGateway({ workers: 1 })]);
    await loadTestImages(dockerd.socketPath, ["stave", "staveNext", "rustfsExits"]);
    before = await dockerInventory(dockerd.socketPath);
    backups = await mkdtemp(join(tmpdir(), "stave-life-"));
    const args = ["--docker-socket", dockerd.socketPath, "--backups-dir", backups];
    api = await startApi(gateway, { args });
  }, 180_000);
  afterAll(async () => {
    await api?.stop();
    await gateway?.stop();
    await dockerd?.stop();
    await rm(backups, { recursive: true, force: true });
  }, 60_000);

  const s3 = () => createS3Client({ ...gateway, port });
  const docker = <T = unknown>(call: string, options = {}) => dockerCall<T>(dockerd.socketPath, call, options);
  const service = async () => (await api.call(`${path}/${id}`)).body;
  const member = async () => (await api.call(`${path}/${id}/runtime`)).body.members[0];
  const post = (where: string, json: object = {}) => api.call(where, { method: "POST", json });
  const jobOf = async (where: string, json: object = {}) => {
    const { headers, body } = await post(where, json);
    const location = headers.get("location");
    if (location === null) throw new Error(JSON.stringify(body));
    return await endedJob(api, location.split("/").at(-1) ?? "", 90_000);
  };
  const expectData = async () => {
    const account = await rootOf(api, id);
    for (const n of [1, 2, 3]) expect((await s3().call({ path: `/album/${n}`, account })).text).toBe(`photo ${n}`);
  };
  const answers = async () =>
    (
      await s3()
        .call({ path: "/album/1" })
        .catch(() => undefined)
    )?.status === 403;
  /** As somebody inside would: what Docker kills itself it does not start again. */
  const signal = async (name: string) => {
    const { container_id } = (await service()).container;
    const Cmd = ["/usr/local/bin/node", "-e", `process.kill(1,'${name}')`];
    const body = { Cmd, Env: ["NODE_OPTIONS="] };
    const { Id } = await docker<{ Id: string }>(`/containers/${container_id}/exec`, { method: "POST", body });
    await docker(`/exec/${Id}/start`, { method: "POST", body: { Detach: true } });
  };

  test("it is made, and stores", async () => {
    const made = await runningService(api, "Life", {
      engine: "custom",
      docker_image: testImages.stave,
      environment,
      buckets: ["album"],
      port: await freePort(),
    });
    ({ id } = made);
    port = Number(new URL(made.endpoint).port);
    const account = await rootOf(api, id);
    for (const n of [1, 2, 3]) {
      await s3().call({ method: "PUT", path: `/album/${n}`, body: `photo ${n}`, account });
    }
    await expectData();
  });

  test("it is limited while it runs, which the kernel confirms", async () => {
    const { started_at } = await member();

    const json = { memory_mb: 256, nano_cpus: 1_000_000_000 };
    const { status, body } = await api.call(`${path}/${id}/resources`, { method: "PATCH", json });

    expect([status, body.applied]).toMatchObject([200, [{ outcome: "applied" }]]);
    const { container_id } = (await service()).container;
    expect((await member()).started_at).toBe(started_at);
    expect(await cgroupMemoryLimit(container_id)).toBe(256 * mib);
    await expectData();
  });

  test("it is killed for want of memory again and again, and that is seen until somebody says so", async () => {
    for (const count of [1, 2]) {
      await waitFor(answers, 60_000);
      await signal("SIGUSR2");
      await waitFor(async () => (await member()).oom_count >= count, 60_000);
    }

    await waitFor(async () => (await member()).restart_rate_per_hour >= 2);
    expect(await member()).toMatchObject({ oom_acknowledged: false, last_oom_at: expect.any(String) });
    expect((await post(`${path}/${id}/oom/acknowledge`)).body).toMatchObject({ oom_acknowledged: true });
    await waitFor(answers, 60_000);
    await expectData();
  });

  test("it is stopped and started", async () => {
    await post(`${path}/${id}/stop`);
    await waitFor(async () => (await service()).service.status === "stopped");
    await expect(s3().call({ path: "/album/1" })).rejects.toThrow();
    await post(`${path}/${id}/start`);
    await waitFor(async () => (await service()).service.status === "running", 60_000);
    await expectData();
  });

  test("it is upgraded, and after a bad image it is what it was", async () => {
    const good = await jobOf(`${path}/${id}/upgrade`, { docker_image: testImages.staveNext });
    expect(good).toMatchObject({ state: "completed", problem: null });
    await expectData();

    const bad = await jobOf(`${path}/${id}/upgrade`, { docker_image: testImages.rustfsExits });
    expect(bad).toMatchObject({ state: "failed", problem: { code: "UNPROCESSABLE" } });
    expect(await service()).toMatchObject({
      service: { status: "running", version: testImages.staveNext },
      container: { image: testImages.staveNext },
    });
    await expectData();
  });

  test("it is backed up; the backup is verified, downloaded, and restored to a new service with keys of its own", async () => {
    const json = { kind: "local", name: "Here", directory: "life" };
    const destinationId = (await post("/api/backups/destinations", json)).body.data.id;
    const made = await jobOf("/api/backups", { serviceId: id, destinationId });
    expect(made).toMatchObject({ state: "completed", problem: null });
    ({ backupId } = made.result);

    expect(await jobOf(`/api/backups/${backupId}/verify`)).toMatchObject({ state: "completed" });
    const download = await fetch(`${api.endpoint}/api/backups/${backupId}/download`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    // A frame of Zstandard begins like this.
    expect(Buffer.from(await download.arrayBuffer()).readUInt32LE(0)).toBe(0xfd2fb528);

    const restored = await jobOf(`/api/backups/${backupId}/restore`, { mode: "new_service", name: "Second life" });
    expect(restored).toMatchObject({ state: "completed", problem: null });
    const account = await rootOf(api, restored.result.serviceId);
    expect(account.accessKeyId).not.toBe((await rootOf(api, id)).accessKeyId);
    for (const n of [1, 2, 3]) {
      expect((await createS3Client(gateway).call({ path: `/album/${n}`, account })).text).toBe(`photo ${n}`);
    }
  });

  test("it gets a new root key, and the old one ends", async () => {
    const old = await rootOf(api, id);
    expect(await jobOf(`${path}/${id}/rotate`)).toMatchObject({ state: "completed" });
    expect((await s3().call({ path: "/", account: old })).status).toBe(403);
    await expectData();
  });

  test("it is deleted, and Docker has what it had before", async () => {
    const blocked = await api.call(`${path}/${id}`, { method: "DELETE" });
    expect(blocked).toMatchObject({ status: 409, body: { detail: expect.stringContaining("album") } });

    await api.call(`${path}/${id}?force=true`, { method: "DELETE" });

    await waitFor(async () => (await api.call(`${path}/${id}`)).status === 404, 60_000);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
    expect((await api.call(`/api/backups/${backupId}`)).status).toBe(200);
  });

  /** What the kernel enforces, with control groups of version 1 and 2. */
  async function cgroupMemoryLimit(containerId: string): Promise<number> {
    const { State } = await docker<{ State: { Pid: number } }>(`/containers/${containerId}/json`);
    const groups = (await readFile(`/proc/${State.Pid}/cgroup`, "utf8")).split("\n").map((line) => line.split(":"));
    const first = groups.find(([, controllers]) => controllers?.split(",").includes("memory"))?.[2];
    const second = groups.find(([, controllers]) => controllers === "")?.[2];
    const file =
      first === undefined
        ? `/sys/fs/cgroup${second}/memory.max`
        : `/sys/fs/cgroup/memory${first}/memory.limit_in_bytes`;
    return Number(await readFile(file, "utf8"));
  }
});
