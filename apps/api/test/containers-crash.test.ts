import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { jobs } from "../src/jobs/index.ts";
import { dockerInventory } from "./support/docker-inventory.ts";
import { finishJob } from "./support/finish-job.ts";
import { createService } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// The api is killed after each step of the jobs that make and delete containers, before the step is known to be done: the next one does it again.

const path = "/api/external-services";
const settings = { engine: "custom", docker_image: testImages.stave, buckets: ["album"] };
const stepsOf = (type: string) =>
  jobs.filter((job) => job.type === type).flatMap(({ steps }) => steps.map(({ name }) => `${name}:unstored`));

describe.skipIf(requireDocker().isMissing)("containers of an api that is killed", { timeout: 60_000 }, () => {
  let dockerd: TestDockerd;
  let gateway: TestGateway;
  let token = "";
  let before: readonly string[] = [];
  const running: TestApi[] = [];
  beforeAll(async () => {
    [dockerd, gateway] = await Promise.all([startDockerd(), startGateway({ workers: 1 })]);
    await loadTestImages(dockerd.socketPath, ["stave"]);
    const first = await startApi(gateway);
    token = first.token;
    await first.stop();
    before = await dockerInventory(dockerd.socketPath);
  }, 120_000);
  afterEach(() => Promise.all(running.splice(0).map((api) => api.kill())));
  afterAll(async () => {
    await gateway?.stop();
    await dockerd?.stop();
  }, 60_000);

  const start = async (env: NodeJS.ProcessEnv = {}): Promise<TestApi> => {
    const api = await startApi(gateway, { token, env, args: ["--docker-socket", dockerd.socketPath] });
    running.push(api);
    return api;
  };
  /** Does something with an api that ends as by SIGKILL after a step, and gives what it left to another one. */
  const crashAt = async (step: string, work: (api: TestApi) => Promise<unknown>): Promise<TestApi> => {
    const doomed = await start({ STAVE_API_DANGEROUS_END_AT: step });
    await expect(work(doomed)).rejects.toThrow(); // nobody answers
    await doomed.kill();
    endLeases();
    const next = await start();
    await expect.poll(async () => (await lastJob(next)).finishedAt, { timeout: 30_000, interval: 100 }).not.toBeNull();
    return next;
  };
  /** As if the time had passed after which a process that does not answer has lost its job. */
  const endLeases = (): void => {
    const database = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
    database.exec("update job set lease_until = '2000-01-01T00:00:00.000Z' where lease_until is not null");
    database.close();
  };
  const lastJob = async (api: TestApi) => (await api.call("/api/jobs?limit=1")).body.data[0];
  const remove = async (api: TestApi, id: number) =>
    finishJob(api, await api.call(`${path}/${id}?force=true`, { method: "DELETE" }), 204);
  const make = async (api: TestApi, name: string): Promise<number> => {
    const made = await finishJob(api, await createService(api, name, { ...settings, port: await freePort() }), 201);
    expect(made.status).toBe(201);
    return made.body.id;
  };

  test.each(stepsOf("service:create-container"))("are made although that is after the step %s", async (step) => {
    const api = await crashAt(`service:create-container:${step}`, (doomed) => createService(doomed, "made", settings));

    expect(await lastJob(api)).toMatchObject({ state: "completed" });
    const { service, container } = (await api.call(`${path}/by-slug/made`)).body;
    expect(service).toMatchObject({ status: "running" });
    expect((await api.call(`/api/storage/buckets?service=${service.id}`)).status).toBe(200);
    expect(container.container_id).toMatch(/^[0-9a-f]{64}$/);
    expect((await dockerInventory(dockerd.socketPath)).filter((name) => !before.includes(name))).toEqual([
      "container /custom-made",
      "network stave-made",
      "volume custom_made_data",
    ]);
    expect((await remove(api, service.id)).status).toBe(204);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
  });

  test("are taken back when they cannot be made, although it is killed meanwhile", async () => {
    const wrong = { ...settings, buckets: ["album", "an..impossible..name"] };
    const api = await crashAt("service:create-container:undoing", (doomed) => createService(doomed, "undone", wrong));

    expect(await lastJob(api)).toMatchObject({ state: "failed" });
    expect((await api.call(`${path}/by-slug/undone`)).status).toBe(404);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
  });

  test.each(stepsOf("service:delete-container"))("are deleted although that is after the step %s", async (step) => {
    const first = await start();
    const id = await make(first, "deleted");
    await first.stop();
    const api = await crashAt(`service:delete-container:${step}`, (doomed) => remove(doomed, id));

    expect(await lastJob(api)).toMatchObject({ state: "completed" });
    expect((await api.call(`${path}/${id}`)).status).toBe(404);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
  });
});
