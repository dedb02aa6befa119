import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  type BackupRig,
  localDestination,
  makeService,
  put,
  startBackupRig,
  type TestService,
} from "./support/backup-rig.ts";
import { startApi } from "./support/start-api.ts";
import { waitFor } from "./support/wait-for.ts";

vi.setConfig({ testTimeout: 60_000 });

let rig: BackupRig;
let service: TestService;
let destinationId: string;
beforeAll(async () => {
  rig = await startBackupRig();
  service = await makeService(rig, "scheduled", ["scheduled"]);
  destinationId = await localDestination(rig, "scheduled");
  await put(service.client, "scheduled", "k");
}, 60_000);
afterAll(() => rig?.stop());

const path = "/api/backups/schedules";
const call = (at: string, method = "GET", json?: unknown) =>
  rig.api.call(at, { method, ...(json !== undefined && { json }) });
const schedule = (name: string, change: Record<string, unknown> = {}) =>
  call(path, "POST", { name, serviceId: service.id, destinationId, cron: "0 3 * * *", ...change });

/** As if its time had come. */
function makeDue(id: string): void {
  const database = new DatabaseSync(join(rig.gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
  database.prepare("update backup_schedule set next_at = '2020-01-01T03:00:00.000Z' where id = ?").run(id);
  database.close();
}

async function backupsOf(id: string, state?: string) {
  const { data } = (await call(`/api/backups?schedule=${id}`)).body;
  return state === undefined ? data : data.filter((backup: { state: string }) => backup.state === state);
}

test.each<[string, Record<string, unknown>, number]>([
  ["times that are less than an hour apart", { cron: "*/10 * * * *" }, 422],
  ["a time zone that nobody knows", { timeZone: "Nowhere" }, 422],
  ["no cron expression", { cron: "every night" }, 422],
  ["a time that never comes", { cron: "0 3 30 2 *" }, 422],
  ["a service that is not there", { serviceId: 999 }, 404],
  ["a destination that is not there", { destinationId: "0".repeat(16) }, 404],
  ["nothing to keep", { retentionCount: 0 }, 400],
])("a schedule with %s is refused", async (_, change, status) => {
  expect((await schedule("refused", change)).status).toBe(status);
});

test("a schedule is changed by who has seen it, and has no next time while it is off", async () => {
  const { body, headers } = await schedule("changed", { timeZone: "Europe/Berlin", retentionDays: 7 });
  expect(body.data).toMatchObject({
    cron: "0 0 3 * * *",
    timeZone: "Europe/Berlin",
    retentionDays: 7,
    isEnabled: true,
  });
  const change = (json: unknown, etag: string) =>
    rig.api.call(`${path}/${body.data.id}`, { method: "PATCH", json, headers: { "if-match": etag } });
  const etag = headers.get("etag") ?? "";

  const off = await change({ isEnabled: false, retentionDays: null }, etag);
  expect(off.body.data).toMatchObject({ isEnabled: false, nextAt: null, retentionDays: null });
  expect((await change({ isEnabled: true }, etag)).status).toBe(412);
  expect((await schedule("changed")).status).toBe(409);
  expect((await call(`${path}/${body.data.id}`, "DELETE")).status).toBe(204);
});

test("what is due is begun once, however many processes look, and what is kept no longer goes", async () => {
  const others = await Promise.all(
    [1, 2].map(() => startApi(rig.gateway, { token: rig.api.token, args: rig.startArgs })),
  );
  try {
    const { id } = (await schedule("due", { retentionCount: 1 })).body.data;
    for (let run = 1; run <= 2; run += 1) {
      makeDue(id);
      await waitFor(async () => {
        const { lastAt, nextAt } = (await call(`${path}/${id}`)).body.data;
        return lastAt !== null && new Date(nextAt) > new Date() && (await backupsOf(id, "running")).length === 0;
      });
      await waitFor(async () => (await backupsOf(id)).length === 1);
      expect(await backupsOf(id)).toMatchObject([{ state: "completed", objects: 1 }]);
    }
    const { data } = (await call(`/api/jobs?subject=backups:service:${service.id}`)).body;
    expect(data.filter(({ type }: { type: string }) => type === "backup:run")).toHaveLength(2);
    await call(`${path}/${id}`, "DELETE");
    expect(await backupsOf(id)).toHaveLength(1);
  } finally {
    await Promise.all(others.map((api) => api.stop()));
  }
});

test("a run that cannot be begun is left out, and that is said", async () => {
  const stopped = await makeService(rig, "stopped", []);
  const { id } = (await schedule("of stopped", { serviceId: stopped.id })).body.data;
  await call(`/api/external-services/${stopped.id}/stop`, "POST");
  makeDue(id);
  await waitFor(async () => (await call(`${path}/${id}`)).body.data.lastError === "The service was stopped.");
  expect(await backupsOf(id)).toEqual([]);
});
