import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerCall } from "../../../test/support/docker/docker-call.ts";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { replaceContainerJob } from "../src/jobs/replace-container.ts";
import { endedJob } from "./support/ended-job.ts";
import { runningService } from "./support/running-service.ts";
import { rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

const path = "/api/external-services";
const { type, steps } = replaceContainerJob;

// The api is killed after each step of a replacement, before it is known to be done: that is the harder half.
describe.skipIf(requireDocker().isMissing)("a container that is replaced while the api is killed", () => {
  let dockerd: TestDockerd;
  let gateway: TestGateway;
  let args: string[];
  let token = "";
  let id = 0;
  let port = 0;
  let hasSnapshot = false;
  beforeAll(async () => {
    [dockerd, gateway] = await Promise.all([startDockerd(), startGateway({ workers: 1 })]);
    await loadTestImages(dockerd.socketPath, ["rustfs", "rustfsNext", "rustfsExits"]);
    args = ["--docker-socket", dockerd.socketPath];
    const api = await startApi(gateway, { args });
    ({ token } = api);
    // Other tests have a Docker of their own, which would take the usual ports in the middle of it.
    const ports = { port: await freePort(), console_port: await freePort() };
    const made = await runningService(api, "Photos", { engine: "rustfs", buckets: ["album"], ...ports });
    ({ id } = made);
    port = Number(new URL(made.endpoint).port);
    await s3().call({ method: "PUT", path: "/album/k", body: "kept", account: await rootOf(api, id) });
    await api.stop();
  }, 180_000);
  afterAll(async () => {
    await gateway?.stop();
    await dockerd?.stop();
  }, 60_000);

  const s3 = () => createS3Client({ ...gateway, port });
  const post = (what: string, json: object) => (api: TestApi) =>
    api.call(`${path}/${id}/${what}`, { method: "POST", json });

  async function crashAt(step: string, work: (api: TestApi) => Promise<{ readonly status: number }>): Promise<TestApi> {
    const doomed = await startApi(gateway, { token, args, env: { STAVE_API_DANGEROUS_END_AT: `${type}:${step}` } });
    const ended = new Promise((resolve) => doomed.child.once("exit", resolve));
    await work(doomed).catch(() => {}); // it may be gone before it answers
    await ended;
    endLeases();
    return await startApi(gateway, { token, args });
  }

  /** As if the time had passed after which a process that does not answer has lost its job. */
  function endLeases(): void {
    const database = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
    database.exec("update job set lease_until = '2000-01-01T00:00:00.000Z' where lease_until is not null");
    database.close();
  }

  async function lastJob(api: TestApi) {
    return await endedJob(api, (await api.call(`/api/jobs?limit=1&type=${type}`)).body.data[0].id);
  }

  async function expectServing(api: TestApi): Promise<void> {
    const account = await rootOf(api, id);
    expect((await s3().call({ path: "/album/k", account })).text).toBe("kept");
    expect((await s3().call({ path: "/", account })).all("Name")).toEqual(["album"]);
    const { body } = await api.call(`${path}/${id}`);
    expect(body.service).toMatchObject({ status: "running", status_reason: null });
    expect(await dockerCall(dockerd.socketPath, "/containers/json?all=1")).toMatchObject([
      { Id: body.container.container_id, Names: ["/rustfs-photos"], State: "running" },
    ]);
    expect(await otherVolumes(api)).toHaveLength(hasSnapshot ? 1 : 0);
  }

  /** The last snapshot only, and nothing that was left half way. */
  async function otherVolumes(api: TestApi): Promise<readonly string[]> {
    const { Volumes } = await dockerCall<{ Volumes: { Name: string }[] }>(dockerd.socketPath, "/volumes");
    const { volume } = (await api.call(`${path}/${id}`)).body.container;
    return Volumes.map(({ Name }) => Name).filter((name) => name !== volume);
  }

  test.each(steps.map(({ name }, at) => [name, at % 2 === 0 ? "rustfsNext" : "rustfs"] as const))(
    "gets its new image after the step %s, and has its data",
    async (step, image) => {
      const docker_image = testImages[image];
      const api = await crashAt(`${step}:unstored`, post("upgrade", { docker_image, snapshot: true }));
      hasSnapshot = true;

      expect(await lastJob(api)).toMatchObject({ state: "completed", problem: null });
      expect((await api.call(`${path}/${id}`)).body.container.image).toBe(docker_image);
      await expectServing(api);
      await api.stop();
    },
    90_000,
  );

  test.each(["prepare:unstored", "switch:unstored", "note:unstored", "finish:unstored"])(
    "runs on its snapshot after the step %s, and what it ran on is the snapshot",
    async (step) => {
      const before = await startApi(gateway, { token, args });
      const { image } = (await before.call(`${path}/${id}`)).body.container;
      const docker_image = image === testImages.rustfs ? testImages.rustfsNext : testImages.rustfs;
      const { body } = await post("upgrade", { docker_image, snapshot: true })(before);
      await endedJob(before, body.job_id, 90_000);
      const { container } = (await before.call(`${path}/${id}`)).body;
      const account = await rootOf(before, id);
      await s3().call({ method: "PUT", path: "/album/later", body: "later", account });
      await before.stop();

      const api = await crashAt(step, post("rollback", { restore_snapshot: true, confirm: "Photos" }));

      expect(await lastJob(api)).toMatchObject({ state: "completed", problem: null });
      expect((await s3().call({ path: "/album/later", account })).status).toBe(404);
      expect((await s3().call({ path: "/album/k", account })).text).toBe("kept");
      const { body: now } = await api.call(`${path}/${id}/versions`);
      expect(now.snapshot).toMatchObject({ volume: container.volume, image: docker_image });
      expect((await api.call(`${path}/${id}`)).body.container).toMatchObject({ image });
      const { Volumes } = await dockerCall<{ Volumes: { Name: string }[] }>(dockerd.socketPath, "/volumes");
      expect(Volumes).toHaveLength(2);
      await api.stop();
      hasSnapshot = true;
    },
    120_000,
  );

  test("comes back when the new one is no good", async () => {
    const api = await crashAt("undoing", post("upgrade", { docker_image: testImages.rustfsExits }));

    expect(await lastJob(api)).toMatchObject({ state: "failed", problem: { code: "UNPROCESSABLE" } });
    expect((await api.call(`${path}/${id}`)).body.container.image).not.toBe(testImages.rustfsExits);
    await expectServing(api);
    await api.stop();
  }, 90_000);

  test.each(["key:unstored", "note:unstored", "finish:unstored"])(
    "has one root key, which works, after the step %s of its rotation",
    async (step) => {
      const before = await startApi(gateway, { token, args });
      const old = await rootOf(before, id);
      await before.stop();
      const api = await crashAt(step, post("rotate", {}));

      expect(await lastJob(api)).toMatchObject({ state: "completed" });
      expect((await rootOf(api, id)).accessKeyId).not.toBe(old.accessKeyId);
      expect((await s3().call({ path: "/", account: old })).status).toBe(403);
      await expectServing(api);
      await api.stop();
    },
    90_000,
  );
});
