import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { startRegistry, type TestRegistry } from "../../../test/support/docker/start-registry.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { endedJob } from "./support/ended-job.ts";
import { runningService } from "./support/running-service.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

const path = "/api/external-services";

// RustFS is Stave's gateway under its name here, since its image cannot be had: see test/support/docker.
describe.skipIf(requireDocker().isMissing)("another image for a service in a container", { timeout: 90_000 }, () => {
  let dockerd: TestDockerd;
  let gateway: TestGateway;
  let registry: TestRegistry;
  let api: TestApi;
  let backups = "";
  /** On `rustfs`, with an object in it. */
  let id = 0;
  let port = 0;
  beforeAll(async () => {
    [dockerd, gateway, registry] = await Promise.all([startDockerd(), startGateway({ workers: 1 }), startRegistry()]);
    await loadTestImages(dockerd.socketPath, [
      "rustfs",
      "rustfsNext",
      "rustfsExits",
      "rustfsNeverReady",
      "rustfsRefusesWrites",
      "rustfsForeign",
    ]);
    backups = await mkdtemp(join(tmpdir(), "stave-backups-"));
    const args = ["--docker-socket", dockerd.socketPath, "--backups-dir", backups];
    api = await startApi(gateway, { args });
    // Other tests have a Docker of their own, which would take the usual ports in the middle of it.
    const ports = { port: await freePort(), console_port: await freePort() };
    const made = await runningService(api, "Photos", { engine: "rustfs", buckets: ["album"], ...ports });
    ({ id } = made);
    port = Number(new URL(made.endpoint).port);
    await s3().call({ method: "PUT", path: "/album/k", body: "kept", account: await rootOf(api, id) });
  }, 180_000);
  afterAll(async () => {
    await api?.stop();
    await gateway?.stop();
    await registry?.stop();
    await dockerd?.stop();
    await rm(backups, { recursive: true, force: true });
  }, 60_000);

  const s3 = () => createS3Client({ ...gateway, port });
  const upgrade = async (docker_image: string, more: object = {}) =>
    await api.call(`${path}/${id}/upgrade`, { method: "POST", json: { docker_image, ...more } });
  const containers = () =>
    dockerCall<{ Id: string; Names: string[]; State: string }[]>(dockerd.socketPath, "/containers/json?all=1");
  const versions = async () => (await api.call(`${path}/${id}/versions`)).body.versions;
  const show = async () => (await api.call(`${path}/${id}`)).body;
  const expectServing = async () => {
    const account = await rootOf(api, id);
    expect((await s3().call({ path: "/album/k", account })).text).toBe("kept");
    // Nothing is left of the probe.
    expect((await s3().call({ path: "/", account })).all("Name")).toEqual(["album"]);
    expect(await containers()).toMatchObject([{ Names: ["/rustfs-photos"], State: "running" }]);
  };

  test("is not to be had for an engine that runs in none, nor of another engine, nor while another job has the service", async () => {
    const builtIn = await createService(api, "Built in");
    const refused = await api.call(`${path}/${builtIn.body.id}/upgrade`, {
      method: "POST",
      json: { docker_image: testImages.rustfsNext },
    });
    expect(refused).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    expect(await upgrade(testImages.minioNext)).toMatchObject({ status: 400 });
    expect(await api.call(`${path}/${id}/rollback`, { method: "POST", json: {} })).toMatchObject({ status: 409 });

    const [first, second] = await Promise.all([
      upgrade(testImages.rustfsNeverReady, { health_timeout_seconds: 1 }),
      upgrade(testImages.rustfsNext),
    ]);
    expect([first.status, second.status].toSorted()).toEqual([202, 409]);
    for (const { body, status } of [first, second]) if (status === 202) await endedJob(api, body.job_id);
    await api.call(`${path}/${id}/rollback`, { method: "POST", json: {} }).then(async ({ status, body }) => {
      if (status === 202) await endedJob(api, body.job_id); // the good one was first
    });
  });

  test.each([
    ["ends at once", testImages.rustfsExits, "exit code 1", 60],
    ["is never ready", testImages.rustfsNeverReady, "not healthy within", 3],
    ["is healthy and writes nothing", testImages.rustfsRefusesWrites, "does not serve S3", 60],
  ])("goes back to the old one when it %s, and nothing is lost", async (_, image, reason, health_timeout_seconds) => {
    const before = await show();

    const { status, body } = await upgrade(image, { health_timeout_seconds });
    const job = await endedJob(api, body.job_id);

    expect(status).toBe(202);
    expect(job).toMatchObject({ state: "failed", problem: { detail: expect.stringContaining(reason) } });
    const messages = job.log.map(({ message }: { message: string }) => message);
    expect(messages).toContainEqual("The old container is healthy, and serves again.");
    expect(JSON.stringify(job)).not.toContain((await rootOf(api, id)).secretAccessKey);
    const after = await show();
    expect(after).toMatchObject({ service: { status: "running", status_reason: null }, container: before.container });
    await expectServing();
  });

  test.each([
    ["is not there", "127.0.0.1:1/rustfs/rustfs:1"],
    ["is for another machine", testImages.rustfsForeign],
  ])("costs nobody a second when it %s", async (_, image) => {
    const [{ Id } = { Id: "" }] = await containers();
    const started = await startedAt(Id);

    const job = await endedJob(api, (await upgrade(image)).body.job_id);

    expect(job.state).toBe("failed");
    expect(await startedAt(Id)).toBe(started);
    await expectServing();
  });

  test("has the same data, and the way back to the one before has it, too", async () => {
    const pulled = `${registry.address}/rustfs/rustfs`;
    const digest = await registry.push(dockerd.socketPath, testImages.rustfsNext, "rustfs/rustfs:2");

    const job = await endedJob(api, (await upgrade(`${pulled}:2`, { pull: true })).body.job_id);

    expect(job).toMatchObject({ state: "completed", problem: null, result: { imageDigest: digest } });
    expect(await show()).toMatchObject({
      service: { version: `${pulled}:2`, status: "running" },
      container: { image: `${pulled}:2`, image_digest: digest },
    });
    await expectServing();
    expect(await upgrade(`${pulled}:2`).then(({ body }) => endedJob(api, body.job_id))).toMatchObject({
      problem: { code: "CONFLICT", detail: "Photos runs this image already." },
    });
    // Before these may be those of who came first when two upgraded at once.
    expect((await versions()).slice(0, 2)).toMatchObject([
      { image: `${pulled}:2`, image_digest: digest, reason: "upgraded", is_current: true, job_id: job.id },
      { image: testImages.rustfs, is_current: false },
    ]);

    const back = await api.call(`${path}/${id}/rollback`, { method: "POST", json: {} });
    expect(await endedJob(api, back.body.job_id)).toMatchObject({ state: "completed" });
    expect((await versions())[0]).toMatchObject({ image: testImages.rustfs, reason: "rolled-back", is_current: true });
    await expectServing();
  });

  test("comes after a backup, or not at all", async () => {
    const post = (where: string, json: object) => api.call(where, { method: "POST", json });
    const destination = await post("/api/backups/destinations", { kind: "local", name: "Here", directory: "here" });
    const destination_id = destination.body.data.id;
    expect(await upgrade(testImages.rustfsNext, { backup: { destination_id: "0".repeat(32) } })).toMatchObject({
      status: 404,
    });

    const job = await endedJob(api, (await upgrade(testImages.rustfsNext, { backup: { destination_id } })).body.job_id);

    expect(job).toMatchObject({ state: "completed", problem: null });
    expect((await api.call(`/api/backups/${job.result.backupId}`)).body.data).toMatchObject({
      state: "completed",
      serviceId: id,
      objects: 1,
    });
    await endedJob(api, (await post(`${path}/${id}/rollback`, {})).body.job_id);
    await expectServing();
  });

  test("is tried when the service is stopped, which it is again then", async () => {
    await api.call(`${path}/${id}/stop`, { method: "POST" });

    const job = await endedJob(api, (await upgrade(testImages.rustfsNext)).body.job_id);

    expect(job.state).toBe("completed");
    expect((await show()).service.status).toBe("stopped");
    expect(await containers()).toMatchObject([{ State: "exited" }]);
    await api.call(`${path}/${id}/start`, { method: "POST" });
    await expectServing();
  });

  test("is not needed for a new root key, which ends the old one", async () => {
    const old = await rootOf(api, id);

    const { status, headers, body } = await api.call(`${path}/${id}/rotate`, { method: "POST", json: {} });
    const job = await endedJob(api, (headers.get("location") ?? "").split("/").at(-1) ?? "");

    expect(job.state).toBe("completed");
    expect([200, 202]).toContain(status);
    if (status === 200) expect(body).toMatchObject({ previous_access_key: old.accessKeyId, stale_links: [] });
    expect((await rootOf(api, id)).accessKeyId).not.toBe(old.accessKeyId);
    expect((await s3().call({ path: "/", account: old })).status).toBe(403);
    await expectServing();
  });

  async function startedAt(containerId: string): Promise<string> {
    const { State } = await dockerCall<{ State: { StartedAt: string } }>(
      dockerd.socketPath,
      `/containers/${containerId}/json`,
    );
    return State.StartedAt;
  }

  test("with a snapshot of its volume, which a rollback can bring back, and that again", async () => {
    const { container } = await show();
    const docker_image = container.image === testImages.rustfs ? testImages.rustfsNext : testImages.rustfs;
    const jobOf = async ({ body }: { readonly body: { readonly job_id: string } }) =>
      await endedJob(api, body.job_id, 90_000);
    const rollback = (json: object) => api.call(`${path}/${id}/rollback`, { method: "POST", json });
    const snapshot = async () => (await api.call(`${path}/${id}/versions`)).body.snapshot;
    const volumes = async () =>
      (await dockerCall<{ Volumes: { Name: string }[] }>(dockerd.socketPath, "/volumes")).Volumes.map(
        ({ Name }) => Name,
      ).toSorted();
    const account = await rootOf(api, id);
    const later = async () => (await s3().call({ path: "/album/later", account })).status;
    const before = await volumes();
    expect(await rollback({ restore_snapshot: true, confirm: "Photos" })).toMatchObject({ status: 409 });

    const job = await jobOf(await upgrade(docker_image, { snapshot: true }));

    expect(job).toMatchObject({ state: "completed", problem: null });
    expect(job.log.map(({ step }: { step: string }) => step)).toContain("snapshot");
    const taken = await snapshot();
    expect(taken).toMatchObject({ image: container.image, image_id: container.image_id, job_id: job.id });
    expect(await volumes()).toEqual([...before, taken.volume].toSorted());
    await s3().call({ method: "PUT", path: "/album/later", body: "later", account });

    const unconfirmed = await rollback({ restore_snapshot: true, confirm: "photos" });
    expect(unconfirmed).toMatchObject({ status: 422, body: { errors: [{ pointer: "/confirm" }] } });
    const restored = await jobOf(await rollback({ restore_snapshot: true, confirm: "Photos" }));
    expect(restored).toMatchObject({ state: "completed", problem: null });
    expect((await show()).container).toMatchObject({ image: container.image, volume: taken.volume });
    expect(await later()).toBe(404);
    await expectServing();
    expect(await snapshot()).toMatchObject({ volume: container.volume, image: docker_image });

    await jobOf(await rollback({ restore_snapshot: true, confirm: "Photos" }));
    expect((await show()).container).toMatchObject({ image: docker_image, volume: container.volume });
    expect(await later()).toBe(200);
    expect((await api.call(`${path}/${id}/snapshot`, { method: "DELETE" })).status).toBe(204);
    expect([await snapshot(), await volumes()]).toEqual([null, before]);
    expect((await api.call(`${path}/${id}/snapshot`, { method: "DELETE" })).status).toBe(404);
  });

  test("with a snapshot comes back with what was on its volume when the new one is no good; both go with it", async () => {
    const bad = await endedJob(api, (await upgrade(testImages.rustfsExits, { snapshot: true })).body.job_id, 90_000);

    expect(bad).toMatchObject({ state: "failed" });
    await expectServing();
    expect((await api.call(`${path}/${id}/versions`)).body.snapshot).not.toBeNull();
    const { headers } = await api.call(`${path}/${id}?force=true`, { method: "DELETE" });
    const location = headers.get("location");
    if (location !== null) await endedJob(api, location.split("/").at(-1) ?? "");
    const { Volumes } = await dockerCall<{ Volumes: object[] | null }>(dockerd.socketPath, "/volumes");
    expect(Volumes ?? []).toEqual([]);
  });
});
