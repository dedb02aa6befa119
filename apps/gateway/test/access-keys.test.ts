import type { ControlTables } from "@stave/control-database";
import type { AccessKeys } from "@stave/credential-vault";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changeKeys } from "./support/change-keys.ts";
import { createS3Client } from "./support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  await createS3Client(gateway).call({ method: "PUT", path: "/photos" });
}, 20_000);
afterAll(async () => {
  await gateway.stop();
});

const read = (keys: { readonly accessKeyId: string; readonly secretAccessKey: string }) =>
  createS3Client(gateway).call({ path: "/photos", account: { ...ann, ...keys } });
/** Each connection is served by one of the processes: several, so that all are asked. */
const readByAll = async (keys: Parameters<typeof read>[0]) =>
  new Set((await Promise.all(Array.from({ length: 8 }, () => read(keys)))).map(({ status, code }) => code ?? status));

describe("an access key", () => {
  test("opens what its account owns, in every process, as soon as it is issued", async () => {
    const key = await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id }));

    expect(await readByAll(key)).toEqual(new Set([200]));
  });

  test("opens nothing from the next request on when it was revoked by another process", async () => {
    const key = await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id }));
    expect(await readByAll(key)).toEqual(new Set([200]));

    await changeKeys(gateway, (keys) => keys.revoke(key.accessKeyId));

    expect(await readByAll(key)).toEqual(new Set(["InvalidAccessKeyId"]));
  });

  test("is known as soon as it is issued, also when somebody has tried its id before", async () => {
    const unknown = { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "a secret that is long enough" };
    expect(await readByAll(unknown)).toEqual(new Set(["InvalidAccessKeyId"]));

    await changeKeys(gateway, (keys) => keys.adopt(unknown, { ownerId: ann.id }));

    expect(await readByAll(unknown)).toEqual(new Set([200]));
  });

  test("is refused when it has expired, without anything being changed", async () => {
    const expiresAt = new Date(Date.now() + 1500);
    const key = await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id, expiresAt }));
    expect(await readByAll(key)).toEqual(new Set([200]));

    await expect.poll(() => readByAll(key), { timeout: 5000 }).toEqual(new Set(["InvalidAccessKeyId"]));
  });

  test("works beside its successor for a while when it is rotated", async () => {
    const { accessKeyId, secretAccessKey } = await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id }));
    const next = await changeKeys(gateway, (keys) => keys.rotate(accessKeyId, { graceMs: 60_000 }));
    expect(await readByAll({ accessKeyId, secretAccessKey })).toEqual(new Set([200]));
    expect(await readByAll(next)).toEqual(new Set([200]));

    await changeKeys(gateway, (keys) => keys.rotate(next.accessKeyId, { graceMs: 0 }));

    expect(await readByAll(next)).toEqual(new Set(["InvalidAccessKeyId"]));
  });

  test("has the date of its last use when the server has stopped", async () => {
    const other = await startGateway();
    await createS3Client(other).call({ path: "/" });
    other.child.kill("SIGTERM");
    await expect.poll(() => other.child.exitCode).toBe(0);

    const info = await changeKeys(other, (keys) => keys.find(ann.accessKeyId));

    expect(info?.lastUsedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    await other.stop();
  }, 20_000);
});

test("whoever looked at accounts sees a new one at once", async () => {
  await changeKeys(gateway, async (keys, { database }) => {
    const { accounts } = database.as("test");
    await accounts.insert({ id: "c".repeat(64), displayName: "carl", createdAt: new Date() });
    const key = await keys.issue({ ownerId: "c".repeat(64) });
    const listed = await createS3Client(gateway).call({ path: "/", account: { ...ann, ...key } });
    expect(listed.text).toContain("<DisplayName>carl</DisplayName>");
  });
});

test("a key of a project opens what the project holds at that moment, in every process", async () => {
  const change = (work: (projects: ControlTables["projects"], keys: AccessKeys) => Promise<void>) =>
    changeKeys(gateway, (keys, { database }) => work(database.as("test").projects, keys));
  let id = "";
  let key = { accessKeyId: "", secretAccessKey: "" };
  await change(async (projects, keys) => {
    ({ id } = await projects.create({ name: "gallery", accountId: ann.id, createdAt: new Date() }));
    key = await keys.issue({ ownerId: ann.id, scope: { access: "read-only", on: { project: id } } });
  });
  expect(await readByAll(key)).toEqual(new Set(["AccessDenied"]));

  await change((projects) => projects.addBucket(id, "photos"));
  expect(await readByAll(key)).toEqual(new Set([200]));

  await change((projects) => projects.removeBucket(id, "photos"));
  expect(await readByAll(key)).toEqual(new Set(["AccessDenied"]));
});
