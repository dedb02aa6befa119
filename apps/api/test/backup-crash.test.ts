import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jobs } from "../src/jobs/index.ts";
import { listObjects } from "../src/transfer/list-objects.ts";
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
import { rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

// The api is killed after each step of each job of backups, once before and once when it is known to be done, and another one goes on.

let rig: BackupRig;
let service: TestService;
let destinationId: string;
beforeAll(async () => {
  rig = await startBackupRig();
  service = await makeService(rig, "crashing", ["crashing"]);
  destinationId = await localDestination(rig, "crashing");
  for (const key of ["a", "b", "c"]) await put(service.client, "crashing", key);
}, 60_000);
afterAll(() => rig?.stop());

/** Each case starts an api twice. */
const timeout = 60_000;
const stepsOf = (type: string) => (jobs.find((job) => job.type === type)?.steps ?? []).map(({ name }) => name);
const bothOf = (type: string) => stepsOf(type).flatMap((name) => [name, `${name}:unstored`]);

/** As if the time had passed after which a process that does not answer has lost its job. */
function endLeases(): void {
  const database = new DatabaseSync(join(rig.gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
  database.exec("update job set lease_until = '2000-01-01T00:00:00.000Z' where lease_until is not null");
  database.close();
}

/** Lets an api that ends there do something, and gives what it left to another one. The job as it has ended. */
async function crashAt(step: string, begin: (api: TestApi) => Promise<unknown>) {
  await rig.api.stop();
  const options = { token: rig.api.token, args: rig.startArgs };
  const doomed = await startApi(rig.gateway, { ...options, env: { STAVE_API_DANGEROUS_END_AT: step } });
  await begin(doomed).catch(() => {}); // perhaps nobody answers
  await waitFor(async () => doomed.child.exitCode !== null || doomed.child.signalCode !== null);
  return await goOn();
}

async function goOn() {
  endLeases();
  rig.api = await startApi(rig.gateway, { token: rig.api.token, args: rig.startArgs });
  await waitFor(async () => (await rig.api.call("/api/jobs?limit=1")).body.data[0].finishedAt !== null, 40_000);
  return (await rig.api.call("/api/jobs?limit=1")).body.data[0];
}

async function keysIn(client = service.client, bucket = "crashing"): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of listObjects(client, bucket)) keys.push(key);
  return keys;
}

const newest = async () => (await rig.api.call("/api/backups?limit=1")).body.data[0];

test.each(bothOf("backup:run"))(
  "a backup is made although the api is killed after the step %s",
  async (step) => {
    const json = { serviceId: service.id, destinationId };
    const job = await crashAt(`backup:run:${step}`, (api) => api.call("/api/backups", { method: "POST", json }));

    expect(job).toMatchObject({ type: "backup:run", state: "completed" });
    const { id, ...backup } = await newest();
    expect(backup).toMatchObject({ state: "completed", objects: 3, buckets: 1 });
    expect(await act(rig, `/api/backups/${id}/verify`)).toMatchObject({ state: "completed" });
  },
  timeout,
);

// Restores have many steps: in place before, to a new service when it is known that they are done.
test.each(stepsOf("backup:restore").map((name) => `${name}:unstored`))(
  "a backup is restored in place although the api is killed after the step %s",
  async (step) => {
    const { id } = await backUp(rig, { serviceId: service.id, destinationId });
    await put(service.client, "crashing", "extra");
    await put(service.client, "crashing", "b", "other");
    await service.client.send(new DeleteObjectCommand({ Bucket: "crashing", Key: "a" }));
    const json = { mode: "in_place", confirm: service.name };
    const job = await crashAt(`backup:restore:${step}`, (api) =>
      api.call(`/api/backups/${id}/restore`, { method: "POST", json }),
    );

    expect(job).toMatchObject({ type: "backup:restore", state: "completed" });
    expect(await keysIn()).toEqual(["a", "b", "c"]);
  },
  timeout,
);

test.each(stepsOf("backup:restore"))(
  "a backup is restored to a new service although the api is killed after the step %s",
  async (step) => {
    const suffix = `-${step.replace(":", "-")}`;
    const { id } = await backUp(rig, { serviceId: service.id, destinationId });
    const json = { mode: "new_service", name: `again${suffix}`, bucketSuffix: suffix };
    const job = await crashAt(`backup:restore:${step}`, (api) =>
      api.call(`/api/backups/${id}/restore`, { method: "POST", json }),
    );

    expect(job).toMatchObject({ type: "backup:restore", state: "completed" });
    const client = rig.client(await rootOf(rig.api, job.result.serviceId));
    expect(await keysIn(client, `crashing${suffix}`)).toEqual(["a", "b", "c"]);
  },
  timeout,
);

test(
  "a new service that cannot be made whole is taken back although the api is killed meanwhile",
  async () => {
    const { id } = await backUp(rig, { serviceId: service.id, destinationId });
    const json = { mode: "new_service", name: "undone" };
    const job = await crashAt("backup:restore:undoing", (api) =>
      api.call(`/api/backups/${id}/restore`, { method: "POST", json }),
    );

    expect(job).toMatchObject({ state: "failed", problem: { code: "CONFLICT" } });
    expect((await rig.api.call("/api/external-services/by-slug/undone")).status).toBe(404);
    const [restore] = (await rig.api.call(`/api/backups/restores?backup=${id}`)).body.data;
    expect(restore).toMatchObject({ state: "failed", problems: [{ code: "CONFLICT" }] });
  },
  timeout,
);

test.each(bothOf("backup:delete"))(
  "a backup is deleted although the api is killed after the step %s",
  async (step) => {
    const { id } = await backUp(rig, { serviceId: service.id, destinationId });
    const job = await crashAt(`backup:delete:${step}`, (api) => api.call(`/api/backups/${id}`, { method: "DELETE" }));

    expect(job).toMatchObject({ type: "backup:delete", state: "completed" });
    expect((await rig.api.call(`/api/backups/${id}`)).status).toBe(404);
    expect(await act(rig, `/api/backups/${(await newest()).id}/verify`)).toMatchObject({ state: "completed" });
  },
  timeout,
);

test(
  "what was copied before a kill in the middle is not copied again",
  async () => {
    const big = await makeService(rig, "big", ["big"]);
    const to = await localDestination(rig, "big");
    for (let n = 0; n < 12; n += 1) await put(big.client, "big", `k${n}`, randomBytes(40 * 1024 ** 2));
    const begun = await rig.api.call("/api/backups", {
      method: "POST",
      json: { serviceId: big.id, destinationId: to },
    });
    const at = `/api/backups/${begun.body.data.id}`;
    await waitFor(async () => (await rig.api.call(at)).body.data.storedObjects > 0, timeout);
    await rig.api.kill();

    expect(await goOn()).toMatchObject({ type: "backup:run", state: "completed" });
    const { data: backup } = (await rig.api.call(at)).body;
    expect(backup).toMatchObject({ state: "completed", objects: 12, storedObjects: 12 });
    expect(await act(rig, `${at}/verify`)).toMatchObject({ state: "completed" });
  },
  timeout * 2,
);
