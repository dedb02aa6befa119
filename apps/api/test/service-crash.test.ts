import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeKeys } from "../../gateway/test/support/change-keys.ts";
import { createS3Client } from "../../gateway/test/support/s3-client.ts";
import { startGateway, type TestAccount, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { jobs } from "../src/jobs/index.ts";
import { createService, rootOf } from "./support/service-account.ts";
import { startApi, type TestApi } from "./support/start-api.ts";

// The api is killed after each step of each job of services, once before and once when it is known to be done, and another one goes on.

let gateway: TestGateway;
let token = "";
/** What is rotated and deleted, by name: made before, by an api that nobody kills. */
const made = new Map<string, { readonly id: number; readonly account: TestAccount }>();
beforeAll(async () => {
  gateway = await startGateway({ workers: 1 });
  const first = await startApi(gateway);
  token = first.token;
  await createS3Client(gateway).call({ method: "PUT", path: "/of-ann" });
  const names = [
    ...stepsOf("service:rotate").map((step) => nameOf("rotate", step)),
    ...stepsOf("service:delete").map((step) => nameOf("delete", step)),
  ];
  for (const name of names) {
    const { body } = await createService(first, name, { buckets: [name] });
    const account = await rootOf(first, body.id);
    await createS3Client(gateway).call({ method: "PUT", path: `/${name}/k`, body: "x", account });
    made.set(name, { id: body.id, account });
  }
  await first.stop();
}, 60_000);
afterAll(() => gateway?.stop());

/** Each case starts an api twice. */
const timeout = 30_000;
const path = "/api/external-services";
const cases = jobs
  .filter(({ type }) => type.startsWith("service:"))
  .flatMap(({ type, steps }) =>
    // Before the step is known to be done. Once it is, the next api begins with the one after it, as after any restart.
    steps.map(({ name }) => ({ type, step: `${name}:unstored` })),
  );
const nameOf = (what: string, step: string) => `${what}-${step.replace(":", "-")}`;
const madeAs = (name: string) => {
  const found = made.get(name);
  if (found === undefined) throw new Error(`Expected a service ${name}`);
  return found;
};
const stepsOf = (type: string) => cases.filter((one) => one.type === type).map(({ step }) => step);

/** Runs something with an api that ends as by SIGKILL after a step, and gives what it left to another one. */
async function crashAt(step: string, work: (api: TestApi) => Promise<unknown>): Promise<TestApi> {
  const doomed = await startApi(gateway, { token, env: { STAVE_API_DANGEROUS_END_AT: step } });
  await expect(work(doomed)).rejects.toThrow(); // nobody answers
  await doomed.kill();
  endLeases();
  const next = await startApi(gateway, { token });
  await expect
    .poll(async () => (await next.call("/api/jobs?limit=1")).body.data[0].finishedAt, { timeout: 20_000, interval: 50 })
    .not.toBeNull();
  return next;
}

/** As if the time had passed after which a process that does not answer has lost its job. */
function endLeases(): void {
  const database = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { timeout: 5000 });
  database.exec("update job set lease_until = '2000-01-01T00:00:00.000Z' where lease_until is not null");
  database.close();
}

/** Every account and root key belongs to a service, and every service has what it needs. */
async function expectNothingOrphaned(): Promise<void> {
  await changeKeys(gateway, async (keys, { database }) => {
    const { services, accounts } = database.as("test");
    const rows = await services.list({ limit: 1000 });
    for (const { status, statusReason } of rows) expect([status, statusReason]).toEqual(["running", undefined]);
    const owners = rows.map(({ accountId }) => accountId).toSorted();
    const made = (await accounts.list({ limit: 1000 })).filter(({ displayName }) => displayName.startsWith("service-"));
    expect(made.every(({ id }) => owners.includes(id))).toBe(true);
    const active = (await keys.list()).filter(({ revokedAt, description, expiresAt }) => {
      return description.includes("root key") && revokedAt === undefined && expiresAt === undefined;
    });
    expect(active.map(({ accessKeyId }) => accessKeyId).toSorted()).toEqual(
      rows.map(({ accessKeyId }) => accessKeyId ?? "").toSorted(),
    );
  });
}

const s3 = () => createS3Client(gateway);
const lastJob = async (api: TestApi) => (await api.call("/api/jobs?limit=1")).body.data[0];

test.each(stepsOf("service:create"))(
  "a service is made although the api is killed after the step %s",
  async (step) => {
    const name = nameOf("make", step);
    const bucket = name;
    const api = await crashAt(`service:create:${step}`, (doomed) => createService(doomed, name, { buckets: [bucket] }));
    const { body } = await api.call(`${path}/by-slug/${name}`);

    expect(await lastJob(api)).toMatchObject({ type: "service:create", state: "completed" });
    expect((await s3().call({ path: "/", account: await rootOf(api, body.service.id) })).all("Name")).toEqual([bucket]);
    await expectNothingOrphaned();
    await api.stop();
  },
  timeout,
);

test(
  "a service that cannot be made is taken back although the api is killed meanwhile",
  async () => {
    const api = await crashAt("service:create:undoing", (doomed) =>
      createService(doomed, "undone", { buckets: ["undone-bucket", "of-ann"] }),
    );

    expect(await lastJob(api)).toMatchObject({ state: "failed", problem: { code: "CONFLICT" } });
    expect((await api.call(`${path}/by-slug/undone`)).status).toBe(404);
    expect((await s3().call({ path: "/undone-bucket" })).code).toBe("NoSuchBucket");
    await expectNothingOrphaned();
    await api.stop();
  },
  timeout,
);

test.each(stepsOf("service:rotate"))(
  "a key is rotated although the api is killed after the step %s",
  async (step) => {
    const { id, account: old } = madeAs(nameOf("rotate", step));
    const json = { grace_seconds: 600 };
    const api = await crashAt(`service:rotate:${step}`, (doomed) =>
      doomed.call(`${path}/${id}/rotate`, { method: "POST", json }),
    );

    const { result, state } = await lastJob(api);
    const current = await rootOf(api, id);
    expect([state, result.accessKeyId]).toEqual(["completed", current.accessKeyId]);
    expect(current.accessKeyId).not.toBe(old.accessKeyId);
    for (const account of [old, current]) expect((await s3().call({ path: "/", account })).status).toBe(200);
    await expectNothingOrphaned();
    await api.stop();
  },
  timeout,
);

test.each(stepsOf("service:delete"))(
  "a service is deleted although the api is killed after the step %s",
  async (step) => {
    const name = nameOf("delete", step);
    const { id, account } = madeAs(name);
    const api = await crashAt(`service:delete:${step}`, (doomed) =>
      doomed.call(`${path}/${id}?force=true`, { method: "DELETE" }),
    );

    expect(await lastJob(api)).toMatchObject({ type: "service:delete", state: "completed" });
    expect((await api.call(`${path}/${id}`)).status).toBe(404);
    expect((await s3().call({ path: `/${name}` })).code).toBe("NoSuchBucket");
    expect((await s3().call({ path: "/", account })).code).toBe("InvalidAccessKeyId");
    await expectNothingOrphaned();
    await api.stop();
  },
  timeout,
);
