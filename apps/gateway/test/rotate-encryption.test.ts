import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockRotation } from "../src/control/lock-rotation.ts";
import { changeKeys } from "./support/change-keys.ts";
import { runGatewayCommand } from "./support/run-gateway-command.ts";
import { createS3Client } from "./support/s3-client.ts";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

const managed = { "x-amz-server-side-encryption": "AES256" };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  const s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/vault" });
  await s3.call({ method: "PUT", path: "/vault/key", headers: managed, body: "sealed bytes" });
}, 30_000);
afterAll(async () => {
  await gateway.stop();
});

const run = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await runGatewayCommand([...args, "--data-dir", gateway.dataDirectory, "--json"]);
  return { code, stderr, report: stdout === "" ? undefined : JSON.parse(stdout) };
};

test("the master key and the key of objects are rotated while clients hammer two workers, and no request fails", async () => {
  const pairs = await changeKeys(gateway, async (keys) => {
    const made: { readonly accessKeyId: string; readonly secretAccessKey: string }[] = [];
    for (let n = 0; n < 250; n += 1) made.push(await keys.issue({ ownerId: ann.id }));
    return made;
  });
  const before = await run("encryption", "status");
  const s3 = createS3Client(gateway);
  let isOver = false;
  let answered = 0;
  const failures: unknown[] = [];
  const hammer = async (client: number) => {
    for (let n = client; !isOver; n += 1) {
      const account = { ...ann, ...pairs[n % pairs.length] };
      const path = `/vault/of-${client}`;
      const answers = [
        await s3.call({ path: "/vault/key", account }),
        await s3.call({ method: "PUT", path, headers: managed, body: "sealed bytes", account }),
        await s3.call({ path, account }),
      ];
      for (const { status, text } of answers) {
        answered += 1;
        if (status !== 200 || (text !== "" && text !== "sealed bytes")) failures.push([status, text]);
      }
    }
  };
  const clients = [0, 1, 2, 3].map(hammer);

  const first = await run("encryption", "rotate");
  // So that all that workers remember is read again, with the new key.
  await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id }));
  const second = await run("encryption", "rotate", "--objects");
  const enough = answered + 100;
  await expect.poll(() => answered, { timeout: 20_000 }).toBeGreaterThan(enough);
  isOver = true;
  await Promise.all(clients);

  expect(failures).toEqual([]);
  expect(first).toMatchObject({ code: 0, stderr: "", report: { madeKey: true, unreadable: [] } });
  expect(first.report.resealed).toBeGreaterThanOrEqual(253); // pairs, those of the users file, the key of objects
  expect(second.report.keyId).not.toBe(first.report.keyId);
  const after = await run("encryption", "status");
  expect(after.report).toMatchObject({ mode: "0600", isRotationUnfinished: false });
  expect(after.report.keys).toEqual([
    { id: second.report.keyId, state: "seals", retiredAt: null, sealed: { access_keys: 253, secrets: 2 } },
    { id: before.report.keys[0].id, state: "only opens", retiredAt: expect.any(String), sealed: {} },
    { id: first.report.keyId, state: "only opens", retiredAt: expect.any(String), sealed: {} },
  ]);
  expect(after.report.objectKeys.map(({ id }: { readonly id: string }) => id)).toContain(second.report.objectKeyId);
  expect(gateway.log()).not.toMatch(/"level":(50|60)/);
  const { report } = await run("audit", "--action", "master-key:rotated");
  expect(report.entries.map(({ subject }: { readonly subject: string }) => subject)).toEqual([
    second.report.keyId,
    first.report.keyId,
  ]);
}, 120_000); // two rotations, each a process, beside a load

test("every column of the database with sealed secrets belongs to a store that is rotated", () => {
  const database = new DatabaseSync(join(gateway.dataDirectory, "control.sqlite"), { readOnly: true });
  const columns = database
    .prepare(
      "select t.name as place, c.name as name from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'",
    )
    .all();
  database.close();

  const sealed = columns.filter(({ name }) => /envelope|sealed/.test(String(name))).map(({ place }) => String(place));
  // Those of sealed-stores.ts.
  const rotated = [
    "access_key",
    "backup_destination",
    "idempotency",
    "link_sink",
    "notice_webhook",
    "secret",
    "service",
  ];
  expect(new Set(sealed)).toEqual(new Set([...rotated, "service_container"]));
});

test("a second rotation at once is refused: one would overwrite the key of the other", async () => {
  const lock = lockRotation(gateway.dataDirectory);
  const keyFile = join(gateway.dataDirectory, "encryption_key");
  const before = await stat(keyFile);

  const refused = await run("encryption", "rotate");
  lock?.release();

  expect(refused).toMatchObject({ code: 1, report: undefined });
  expect(refused.stderr).toMatch(/^stave-gateway: Another rotation is under way.*\n$/);
  expect((await stat(keyFile)).mtimeMs).toBe(before.mtimeMs);
  expect((await run("encryption", "rotate")).code).toBe(0);
}, 30_000);
