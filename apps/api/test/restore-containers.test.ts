import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { restoreBackupJob } from "../src/jobs/restore-backup.ts";
import { listVersions } from "../src/transfer/list-versions.ts";
import {
  act,
  type BackupRig,
  backUp,
  localDestination,
  makeService,
  put,
  startBackupRig,
  type TestService,
} from "./support/backup-rig.ts";
import { dockerInventory } from "./support/docker-inventory.ts";
import { endedJob } from "./support/ended-job.ts";
import { rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

const services = "/api/external-services";
const { type, steps } = restoreBackupJob;
/** The others have nothing to do for a container. */
const working = steps.map(({ name }) => name).filter((name) => !["account", "key", "extra"].includes(name));

describe.skipIf(requireDocker().isMissing)("a backup that is restored to a new container", { timeout: 90_000 }, () => {
  let dockerd: TestDockerd;
  let rig: BackupRig;
  let service: TestService;
  let backupId = "";
  let before: readonly string[] = [];
  beforeAll(async () => {
    dockerd = await startDockerd();
    [rig] = await Promise.all([
      startBackupRig(["--docker-socket", dockerd.socketPath]),
      loadTestImages(dockerd.socketPath, ["stave", "rustfs", "rustfsExits"]),
    ]);
    before = await dockerInventory(dockerd.socketPath);
    service = await makeService(rig, "source", ["restored-album"]);
    const Bucket = "restored-album";
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await service.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const Tagging = { TagSet: [{ Key: "of", Value: "ann" }] };
    await service.client.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
    for (const [key, body] of ["ax", "a1", "b1", "c1"].map((text) => [text.charAt(0), text] as const)) {
      await put(service.client, Bucket, key, body);
    }
    const destinationId = await localDestination(rig, "source");
    ({ id: backupId } = await backUp(rig, { serviceId: service.id, destinationId, withVersions: true }));
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
    await dockerd?.stop();
  }, 60_000);

  const restore = (api: Pick<TestApi, "call">, json: object) =>
    api.call(`/api/backups/${backupId}/restore`, { method: "POST", json: { mode: "new_service", ...json } });
  const rustfs = async (image: string = testImages.rustfs) => ({
    engine: "rustfs",
    docker_image: image,
    port: await freePort(),
    console_port: await freePort(),
  });
  const expectWhole = async (serviceId: number) => {
    const { body } = await rig.api.call(`${services}/${serviceId}`);
    expect(body.service).toMatchObject({ status: "running", engine: "rustfs" });
    const account = await rootOf(rig.api, serviceId);
    const client = rig.client(account, body.service.endpoint);
    const Bucket = "restored-album";
    const found: string[] = [];
    for await (const { key, versionId } of listVersions(client, Bucket)) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key, VersionId: versionId }));
      found.push((await Body?.transformToString()) ?? "");
    }
    expect(found).toEqual(["a1", "ax", "b1", "c1"]);
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
    expect((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: "of", Value: "ann" }]);
    expect(account.accessKeyId).not.toBe((await rootOf(rig.api, service.id)).accessKeyId);
  };
  const remove = async (id: number) => {
    const { status, headers } = await rig.api.call(`${services}/${id}?force=true`, { method: "DELETE" });
    expect([202, 204]).toContain(status);
    if (status === 202) await endedJob(rig.api, headers.get("location")?.split("/").at(-1) ?? "");
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
  };
  /** As if the time had passed after which a process that does not answer has lost its job. */
  const endLeases = () => {
    const database = new DatabaseSync(join(rig.gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
    database.exec("update job set lease_until = '2000-01-01T00:00:00.000Z' where lease_until is not null");
    database.close();
  };
  /** Lets an api that ends there do something, and gives what it left to another one. The job as it has ended. */
  const crashAt = async (step: string, begin: (api: TestApi) => Promise<unknown>) => {
    await rig.api.stop();
    const options = { token: rig.api.token, args: rig.startArgs };
    const doomed = await startApi(rig.gateway, { ...options, env: { STAVE_API_DANGEROUS_END_AT: step } });
    await begin(doomed).catch(() => {}); // perhaps nobody answers
    await waitFor(async () => doomed.child.exitCode !== null || doomed.child.signalCode !== null);
    endLeases();
    rig.api = await startApi(rig.gateway, options);
    return await endedJob(rig.api, (await rig.api.call(`/api/jobs?limit=1&type=${type}`)).body.data[0].id);
  };

  test("has all versions and settings there, with keys and ports of its own", async () => {
    const plan = await rig.api.call(`/api/backups/${backupId}/restore-plan`, {
      method: "POST",
      json: { mode: "new_service", engine: "rustfs" },
    });
    // Its names are taken in the gateway, and not there.
    expect(plan.body.data).toMatchObject({ blockers: [], written: { objects: 3 } });
    const asked = await rustfs();
    const job = await act(rig, `/api/backups/${backupId}/restore`, {
      mode: "new_service",
      name: "copy",
      parameters: { ...asked, memory_mb: 512 },
    });

    expect(job).toMatchObject({ state: "completed", problem: null });
    const { serviceId, restoreId } = job.result;
    await expectWhole(serviceId);
    const { body } = await rig.api.call(`${services}/${serviceId}`);
    expect(body.container).toMatchObject({ port: asked.port, console_port: asked.console_port });
    const { members } = (await rig.api.call(`${services}/${serviceId}/runtime`)).body;
    expect(members).toMatchObject([{ configured_limits: { memory_mb: 512 } }]);
    const { data } = (await rig.api.call(`/api/backups/restores/${restoreId}`)).body;
    expect(data).toMatchObject({ state: "completed", problems: [], written: 3 });
    await remove(serviceId);
  });

  test("leaves nothing when its server does not start", async () => {
    const job = await act(rig, `/api/backups/${backupId}/restore`, {
      mode: "new_service",
      name: "broken",
      parameters: await rustfs(testImages.rustfsExits),
    });

    expect(job).toMatchObject({ state: "failed", problem: { detail: expect.stringContaining("cannot start") } });
    expect((await rig.api.call(`${services}/by-slug/broken`)).status).toBe(404);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
    const [newest] = (await rig.api.call(`/api/backups/restores?backup=${backupId}`)).body.data;
    expect(newest).toMatchObject({ state: "failed", problems: [{ reason: expect.stringContaining("cannot start") }] });
  });

  test.each([
    ["another's server", { engine: "external" }, "/parameters/engine"],
    ["buckets", { engine: "rustfs", buckets: ["more"] }, "/parameters/buckets"],
    ["what its engine does not know", { engine: "rustfs", quota_tier: "10gb" }, "/parameters/quota_tier"],
    ["an image of another engine", { engine: "rustfs", docker_image: testImages.minio }, "/parameters/docker_image"],
  ])("is refused for %s", async (_, parameters, pointer) => {
    const refused = await restore(rig.api, { name: "refused", parameters });

    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect((await rig.api.call(`${services}/by-slug/refused`)).status).toBe(404);
  });

  test("may have a quota of the built-in engine", async () => {
    const parameters = { quota_bytes: 1_000_000 };
    const job = await act(rig, `/api/backups/${backupId}/restore`, {
      mode: "new_service",
      name: "small",
      bucketSuffix: "-small",
      parameters,
    });

    expect(job).toMatchObject({ state: "completed" });
    const made = (await rig.api.call(`${services}/by-slug/small`)).body;
    expect(made).toMatchObject({ service: { engine: "stave" }, current_parameters: { quota_bytes: 1_000_000 } });
  });

  test.each(working)("is whole although the api is killed after the step %s", async (step) => {
    const parameters = await rustfs();
    const job = await crashAt(`${type}:${step}:unstored`, (api) => restore(api, { name: "crashed", parameters }));

    expect(job).toMatchObject({ state: "completed", problem: null });
    await expectWhole(job.result.serviceId);
    await remove(job.result.serviceId);
  });

  test("leaves nothing when it cannot be made, although the api is killed meanwhile", async () => {
    const parameters = await rustfs(testImages.rustfsExits);
    const job = await crashAt(`${type}:undoing`, (api) => restore(api, { name: "undone", parameters }));

    expect(job).toMatchObject({ state: "failed" });
    expect((await rig.api.call(`${services}/by-slug/undone`)).status).toBe(404);
    await waitFor(async () => (await dockerInventory(dockerd.socketPath)).length === before.length);
    expect(await dockerInventory(dockerd.socketPath)).toEqual(before);
  });
});
