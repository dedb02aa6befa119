import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { startUnreliableProxy, type UnreliableProxy } from "../../../test/support/docker/start-unreliable-proxy.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

const path = "/api/external-services";
const mib = 1024 ** 2;

/** On SIGUSR2 its first process takes memory until the kernel ends it. */
const eatsMemory = "process.on('SIGUSR2',()=>{const%20a=[];for(;;)a.push(Buffer.alloc(33554432,1))})";
const secretWord = "a-secret-of-the-container";
const environment = { NODE_OPTIONS: `--import=data:text/javascript,${eatsMemory}`, SOME_TOKEN: secretWord };

describe.skipIf(requireDocker().isMissing)("the container of a service", { timeout: 60_000 }, () => {
  let dockerd: TestDockerd;
  let proxy: UnreliableProxy;
  let gateway: TestGateway;
  let api: TestApi;
  let id = 0;
  let containerId = "";
  beforeAll(async () => {
    [dockerd, gateway] = await Promise.all([startDockerd(), startGateway({ workers: 1 })]);
    await loadTestImages(dockerd.socketPath, ["stave"]);
    const socketPath = `${dockerd.directory}/proxy.sock`;
    proxy = await startUnreliableProxy({ at: { path: socketPath }, to: { path: dockerd.socketPath } });
    api = await startApi(gateway, { args: ["--docker-socket", socketPath] });
    const made = await createService(api, "Watched", {
      engine: "custom",
      docker_image: testImages.stave,
      environment,
      port: await freePort(), // it is stopped, and others would take the usual one
    });
    expect(made).toMatchObject({ status: 201, body: { status: "running" } });
    id = made.body.id;
    containerId = (await member()).container_id;
  }, 120_000);
  afterAll(async () => {
    await api?.stop();
    await gateway?.stop();
    await proxy?.close();
    await dockerd?.stop();
  }, 60_000);

  const docker = <T = unknown>(call: string, options = {}) => dockerCall<T>(dockerd.socketPath, call, options);
  const member = async () => (await api.call(`${path}/${id}/runtime`)).body.members[0];
  const service = async () => (await api.call(`${path}/${id}`)).body.service;
  const patch = (json: object, query = "") => api.call(`${path}/${id}/resources${query}`, { method: "PATCH", json });
  const hostConfig = async () =>
    (await docker<{ HostConfig: Record<string, number> }>(`/containers/${containerId}/json`)).HostConfig;
  const host = () => docker<{ MemTotal: number; NCPU: number }>("/info");

  test("says how it is and what it uses", async () => {
    const runtime = await api.call(`${path}/${id}/runtime`);
    const stats = await api.call(`${path}/${id}/stats`);

    expect(runtime.body).toMatchObject({ service_id: id, topology: "standalone" });
    const none = { memory_mb: null, memory_swap_mb: null, nano_cpus: null, cpu_shares: null, shm_size_mb: null };
    expect(runtime.body.members).toMatchObject([
      {
        role: "standalone",
        container_name: "custom-watched",
        status: "running",
        restart_count: 0,
        restart_rate_per_hour: 0,
        oom_killed: false,
        oom_count: 0,
        exit_code: null,
        finished_at: null,
        image: testImages.stave,
        resource_limits: none,
        configured_limits: none,
        drift: false,
        drift_fields: [],
      },
    ]);
    const [{ memory_usage_bytes: used, memory_limit_bytes: limit, ...use }] = stats.body.members;
    expect(use).toMatchObject({ outcome: "sampled", online_cpus: (await host()).NCPU });
    expect(use.memory_percent).toBeCloseTo((used / limit) * 100, 1);
    expect(limit).toBe((await host()).MemTotal);
    expect(JSON.stringify([runtime.body, stats.body])).not.toContain(secretWord);
  });

  test("many who ask what it uses cost one question to Docker", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.call(`${path}/${id}/stats`)));

    expect(new Set(answers.map(({ body }) => body.members[0].sampled_at)).size).toBe(1);
  });

  test("is limited while it runs, without a restart", async () => {
    const { started_at } = await member();

    const changed = await patch({ memory_mb: 512, memory_swap_mb: 768, nano_cpus: 500_000_000 });

    const limits = { memory_mb: 512, memory_swap_mb: 768, nano_cpus: 500_000_000, cpu_shares: null, shm_size_mb: null };
    const applied = { role: "standalone", container_name: "custom-watched", outcome: "applied" };
    expect(changed).toMatchObject({
      status: 200,
      body: { limits, applied: [{ ...applied, error: null, exact: true, recreate: null }] },
    });
    expect(await hostConfig()).toMatchObject({ Memory: 512 * mib, MemorySwap: 768 * mib, NanoCpus: 5e8 });
    const after = { started_at, resource_limits: limits, configured_limits: limits, drift: false };
    expect(await member()).toMatchObject(after);
    const stats = await api.call(`${path}/${id}/stats`);
    expect(stats.body.members[0].outcome).toBe("sampled");
    // What is left out stays, and swap is extra: it goes along.
    expect((await patch({ memory_mb: 640 })).body.limits).toMatchObject({ memory_mb: 640, memory_swap_mb: 896 });
    const audit = await api.call("/api/audit?action=container:change&limit=2");
    expect(JSON.stringify(audit.body)).toContain('"memory":"640 MiB"');
  });

  test.each([
    ["nothing", {}, 400, ""],
    ["swap below memory", { memory_mb: 512, memory_swap_mb: 256 }, 400, "/memory_swap_mb"],
    ["swap without memory", { memory_mb: null, memory_swap_mb: 256 }, 400, "/memory_swap_mb"],
    ["less than the engine needs", { memory_mb: 64 }, 400, "/memory_mb"],
    ["more memory than there is", { memory_mb: 16_000_000 }, 400, "/memory_mb"],
    ["more cores than there are", { nano_cpus: 1e15 }, 400, "/nano_cpus"],
    ["zero", { memory_mb: 0 }, 400, "/memory_mb"],
    ["shares of a core", { cpu_shares: 512 }, 400, "/cpu_shares"],
    ["a field that there is not", { memory: 512 }, 400, "/memory"],
  ])("%s is refused, and nothing changes", async (_, json, status, pointer) => {
    const before = await hostConfig();

    const refused = await patch(json);

    expect(refused.status).toBe(status);
    expect(refused.body.errors).toContainEqual(expect.objectContaining({ pointer }));
    expect(await hostConfig()).toEqual(before);
  });

  test("all null takes the limits away as far as Docker can, and a new container the rest of the way", async () => {
    const none = { memory_mb: null, memory_swap_mb: null, nano_cpus: null };

    const changed = await patch({ ...none, shm_size_mb: null, cpu_shares: null });

    const { MemTotal, NCPU } = await host();
    const recreate = `${path}/${id}/recreate`;
    expect(changed.body).toMatchObject({ limits: none, applied: [{ outcome: "applied", exact: false, recreate }] });
    expect(await hostConfig()).toMatchObject({ Memory: MemTotal, MemorySwap: MemTotal, NanoCpus: NCPU * 1e9 });
    expect(await member()).toMatchObject({ drift: false, resource_limits: none });

    const recreated = await api.call(recreate, { method: "POST" });

    expect(recreated).toMatchObject({ status: 200, body: { status: "running" } });
    containerId = (await member()).container_id;
    expect(await hostConfig()).toMatchObject({ Memory: 0, MemorySwap: 0, NanoCpus: 0 });
    expect((await patch({ memory_mb: 512 })).body.applied).toMatchObject([{ outcome: "applied", exact: true }]);
    const shm = await patch({ shm_size_mb: 32 });
    expect(shm.body.applied).toMatchObject([{ outcome: "requires_recreate", exact: false, recreate }]);
    expect(await member()).toMatchObject({ drift: true, drift_fields: ["shm_size_mb"] });
    await patch({ shm_size_mb: null });
  });

  test("less memory than it uses is a conflict, unless it is asked for with force", async () => {
    await execute("globalThis.kept=Buffer.alloc(220*1024*1024,1);setTimeout(()=>{},8000)");
    const use = async () => (await api.call(`${path}/${id}/stats`)).body.members[0].memory_usage_bytes;
    await waitFor(async () => (await use()) > 220 * mib);

    const refused = await patch({ memory_mb: 192 });

    expect(refused).toMatchObject({ status: 409, body: { errors: [{ pointer: "/memory_mb", code: "BelowUse" }] } });
    const forced = await patch({ memory_mb: 192 }, "?force=true");
    expect(forced).toMatchObject({
      status: 200,
      body: { limits: { memory_mb: 192 }, applied: [{ outcome: "failed" }] },
    });
    expect(await member()).toMatchObject({ drift: true, drift_fields: ["memory_mb"] });
    await patch({ memory_mb: 512 });
    expect(await member()).toMatchObject({ drift: false });
  });

  test("a limit that was changed behind our back is a drift, and those who watch are told", async () => {
    await patch({ memory_mb: 512 });
    await docker(`/containers/${containerId}/update`, {
      method: "POST",
      body: { Memory: 600 * mib, MemorySwap: 600 * mib },
    });

    await waitFor(async () => (await events("service:drift")).some(({ drift }) => drift === true));

    expect(await member()).toMatchObject({
      drift: true,
      drift_fields: ["memory_mb"],
      resource_limits: { memory_mb: 600 },
      configured_limits: { memory_mb: 512 },
    });
    await patch({ memory_mb: 512 });
    expect((await member()).drift).toBe(false);
    expect((await events("service:drift")).at(-1)).toMatchObject({ drift: false, fields: [] });
  });

  test("a kill for want of memory is counted and shown until somebody has seen it, and restarts are, too", async () => {
    await patch({ memory_mb: 256 });
    // Not by Docker's own kill, after which it is not started again.
    await execute("process.kill(1,'SIGUSR2')");

    // What Docker tells of it comes in any order.
    await waitFor(async () => (await member()).restart_rate_per_hour > 0 && (await member()).oom_count > 0);

    const killed = await member();
    expect(killed.oom_acknowledged).toBe(false);
    expect(killed.restart_count).toBeGreaterThan(0);
    expect(Date.parse(killed.last_oom_at)).toBeGreaterThan(Date.now() - 60_000);
    // Each of its processes may be killed, also after the count was read.
    await waitFor(async () => (await events("service:oom")).at(-1)?.oom_count === (await member()).oom_count);
    expect((await events("service:oom")).at(-1)).toMatchObject({ id });
    const died = (await events("service:container")).findLast(({ event }) => event === "die");
    expect(died).toMatchObject({ exit_code: 137 });

    const seen = await api.call(`${path}/${id}/oom/acknowledge`, { method: "POST" });

    expect(seen.body).toMatchObject({ oom_count: expect.any(Number), oom_acknowledged: true });
    expect((await member()).oom_acknowledged).toBe(true);
    await patch({ memory_mb: 512 });
    await waitFor(async () => (await service()).status === "running");
  });

  test("its log is read from its end, searched, and followed, without its secrets", async () => {
    const { secretAccessKey } = await rootOf(api, id);
    const logs = (query = "") => api.call(`${path}/${id}/logs${query}`);

    const { body } = await logs("?tail=5");

    expect(body).toMatchObject({ service_id: id, truncated: false });
    expect(body.lines.length).toBeGreaterThan(0);
    expect(body.lines.length).toBeLessThanOrEqual(5);
    expect(Object.keys(body.lines[0])).toEqual(["at", "stream", "level", "text"]);
    expect(body.lines.at(-1).level).toBe("info");
    expect((await logs("?level=info&tail=5")).body.lines).not.toEqual([]);
    const bad = (await logs("?level=fatal")).body.lines;
    expect(bad.filter(({ level }: { level: string | null }) => level !== "fatal")).toEqual([]);
    for (const text of ["zzz-not-there", secretWord, secretAccessKey]) {
      expect((await logs(`?text=${encodeURIComponent(text)}`)).body.lines).toEqual([]);
    }
    expect((await logs("?to=2020-01-01T00:00:00Z&from=2019-01-01T00:00:00Z")).body.lines).toEqual([]);
    for (const query of ["?tail=1001", "?tail=0", "?from=yesterday", "?follow=1", "?level=x"]) {
      expect((await logs(query)).status).toBe(400);
    }

    const following = new AbortController();
    const response = await fetch(`${api.endpoint}${path}/${id}/logs?follow=true&tail=1`, {
      headers: { authorization: `Bearer ${api.token}` },
      signal: following.signal,
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    let told = "";
    for await (const piece of response.body ?? []) {
      told += new TextDecoder().decode(piece as Uint8Array);
      if (/event: line\ndata: \{"at":"/.test(told)) break;
    }
    following.abort();
    expect(told).toContain("event: line");
  });

  test("one that was ended or removed by somebody else is failed with the reason, and comes back", async () => {
    await docker(`/containers/${containerId}/stop?t=5`, { method: "POST" });
    await waitFor(async () => (await service()).status === "failed");
    expect((await service()).status_reason).toMatch(/^Its container has ended with exit code 0/);
    await waitFor(async () => (await api.call(`${path}/${id}/health-status`)).body.status === "down");

    await docker(`/containers/${containerId}/start`, { method: "POST" });
    await waitFor(async () => (await service()).status === "running");

    await docker(`/containers/${containerId}?force=1`, { method: "DELETE" });
    await waitFor(async () => /somebody has removed it/.test((await service()).status_reason ?? ""));
    expect((await service()).status).toBe("failed");
    expect(await member()).toMatchObject({ container_id: null, status: null, resource_limits: null, drift: false });
    expect((await api.call(`${path}/${id}/stats`)).body.members).toMatchObject([{ outcome: "missing" }]);
    expect((await patch({ memory_mb: 384 })).body.applied).toMatchObject([{ outcome: "missing", recreate: null }]);
    expect((await api.call(`${path}/${id}/logs`)).status).toBe(409);

    expect((await api.call(`${path}/${id}/start`, { method: "POST" })).body.status).toBe("running");
    containerId = (await member()).container_id;
    expect(await hostConfig()).toMatchObject({ Memory: 384 * mib });
  });

  test("limits of one that is stopped are in force from its next start", async () => {
    await api.call(`${path}/${id}/stop`, { method: "POST" });

    expect((await patch({ memory_mb: 512 })).body.applied).toMatchObject([{ outcome: "stopped" }]);

    // A sample may be five seconds old.
    await waitFor(async () => (await api.call(`${path}/${id}/stats`)).body.members[0].outcome === "stopped");
    expect(await member()).toMatchObject({ status: "exited", exit_code: 0, drift: false });
    await api.call(`${path}/${id}/start`, { method: "POST" });
    expect(await hostConfig()).toMatchObject({ Memory: 512 * mib });
  });

  test("a Docker that hangs holds a request for seconds and the api not at all", async () => {
    proxy.hang();
    const begun = performance.now();
    const asked = Promise.all([
      api.call(`${path}/${id}/runtime`),
      api.call(`${path}/${id}/stats`),
      patch({ memory_mb: 384 }),
      api.call(`${path}/${id}/logs`),
    ]);
    const other = performance.now();
    expect((await api.call(path)).status).toBe(200);
    expect(performance.now() - other).toBeLessThan(1000);

    const [runtime, , patched, logs] = await asked;

    expect(performance.now() - begun).toBeLessThan(12_000);
    expect([runtime.status, patched.status, logs.status]).toEqual([503, 503, 503]);
    expect(runtime.body).toMatchObject({ code: "UNAVAILABLE", detail: expect.stringContaining("did not answer") });
    const stats = await api.call(`${path}/${id}/stats`);
    expect(stats.body.members).toMatchObject([{ outcome: "failed", error: expect.stringContaining("did not answer") }]);
    proxy.pass();
    await waitFor(async () => (await api.call(`${path}/${id}/runtime`)).status === 200);
    expect((await member()).configured_limits).toMatchObject({ memory_mb: 512 });
  });

  test("a service without one says so", async () => {
    const of = (call: string, options = {}) => api.call(`${path}/1/${call}`, options);

    expect((await of("runtime")).body).toEqual({ service_id: 1, topology: "none", members: [] });
    expect((await of("stats")).body).toEqual({ service_id: 1, topology: "none", members: [] });
    for (const [call, options] of [
      ["resources", { method: "PATCH", json: { memory_mb: 512 } }],
      ["recreate", { method: "POST" }],
      ["oom/acknowledge", { method: "POST" }],
      ["logs", {}],
    ] as const) {
      expect((await of(call, options)).status).toBe(422);
    }
    expect((await api.call(`${path}/99/runtime`)).status).toBe(404);
  });

  async function execute(script: string): Promise<void> {
    const body = { Cmd: ["/usr/local/bin/node", "-e", script] };
    const { Id } = await docker<{ Id: string }>(`/containers/${containerId}/exec`, { method: "POST", body });
    await docker(`/exec/${Id}/start`, { method: "POST", body: { Detach: true } });
  }

  // biome-ignore lint/suspicious/noExplicitAny: events of every shape
  async function events(type: string): Promise<any[]> {
    const response = await fetch(`${api.endpoint}/api/events?after=0`, {
      headers: { authorization: `Bearer ${api.token}` },
      signal: AbortSignal.timeout(600),
    });
    let told = "";
    try {
      for await (const piece of response.body ?? []) told += new TextDecoder().decode(piece as Uint8Array);
    } catch {
      // It goes on for as long as it is read.
    }
    return told
      .split("\n\n")
      .filter((event) => event.includes(`event: ${type}\n`))
      .map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "{}"));
  }
});
