import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type ControlDatabase,
  type ControlDatabaseOptions,
  type ControlTables,
  type IssuedKeyQuery,
  type IssuedKeyRecord,
  openControlDatabase,
} from "../src/index.ts";
import { databaseKinds, useDatabases } from "./test-databases.ts";

const refused = (code: string) => expect.objectContaining({ name: "ControlDatabaseError", code });
const createdAt = new Date("2030-01-01T00:00:00.123Z");
const ann = { id: "a".repeat(64), displayName: "Ann", createdAt };
const keyOf = (accessKeyId: string) => ({
  accessKeyId,
  ownerId: ann.id,
  secretEnvelope: `sealed ${accessKeyId}`,
  description: "",
  createdAt,
});

describe.each(databaseKinds)("issued keys in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let at: ControlDatabaseOptions["at"];
    let database: ControlDatabase;
    let tables: ControlTables;

    beforeEach(async () => {
      const created = await databases.create();
      ({ at } = created);
      database = await openControlDatabase({ at });
      tables = database.as("ann");
      await tables.accounts.insert(ann);
      return async () => {
        await database.close();
        await created.remove();
      };
    });

    const issued = (n: number, more: Partial<IssuedKeyRecord> = {}): IssuedKeyRecord => {
      const end = String(n).padStart(12, "0");
      const key = { ...keyOf(`AKIA${end}`), createdAt: new Date(createdAt.getTime() + n) };
      return { id: `00000000-0000-4000-8000-${end}`, serviceId: 1, key, ...more };
    };
    const bucket = { name: "photos", createdAt };
    const most = 50;

    test("are kept with what they were issued for, and are keys like any other", async () => {
      const { issuedKeys, accessKeys } = tables;
      const before = await database.revision();
      const all = [issued(1), issued(2, { projectId: "shop" }), issued(3, { bucket }), issued(4, { serviceId: 2 })];
      for (const one of all) await issuedKeys.insert(one, { most });

      expect(await database.revision()).toBeGreaterThan(before);
      for (const one of all) {
        expect(await issuedKeys.find(one.id)).toEqual(one);
        expect(await accessKeys.find(one.key.accessKeyId)).toEqual(one.key);
      }
      const ids = async (query: Partial<IssuedKeyQuery>) =>
        (await issuedKeys.list({ serviceId: 1, limit: 10, ...query })).map(({ id }) => Number(id.slice(-2)));
      expect(await ids({})).toEqual([2, 1]);
      expect(await ids({ limit: 1 })).toEqual([2]);
      expect(await ids({ before: { createdAt: issued(2).key.createdAt, id: issued(2).id } })).toEqual([1]);
      expect(await ids({ projectId: "shop" })).toEqual([2]);
      expect(await ids({ bucket: "photos" })).toEqual([3]);
      expect(await ids({ serviceId: 2 })).toEqual([4]);
      expect(await issuedKeys.listOfBuckets({ limit: 10 })).toEqual([all[2]]);
      expect(await issuedKeys.listOfBuckets({ after: all[2]?.id, limit: 10 })).toEqual([]);
      const [entry] = await database.audit.list({ action: "access-key:create" });
      expect(entry).toMatchObject({ actor: "ann", subject: issued(4).key.accessKeyId, details: { id: issued(4).id } });
      expect(JSON.stringify(entry)).not.toContain("sealed");
    });

    test("are as many as may be, whoever issues them at the same time", async () => {
      const other = await openControlDatabase({ at });
      const results = await Promise.allSettled(
        [1, 2, 3, 4, 5, 6].map((n) =>
          (n % 2 === 0 ? database : other).as("ann").issuedKeys.insert(issued(n), { most: 3 }),
        ),
      );
      await other.close();

      const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      expect(reasons).toEqual([1, 2, 3].map(() => refused("TooManyKeys")));
      expect(await tables.issuedKeys.list({ serviceId: 1, limit: 10 })).toHaveLength(3);
      expect(await tables.accessKeys.list({ limit: 10 })).toHaveLength(3);
      await tables.issuedKeys.insert(issued(7, { projectId: "shop" }), { most: 3 }); // each project for itself
      await tables.issuedKeys.insert(issued(8, { bucket }), { most: 3 });
    });

    test("are replaced once, and are gone when they are revoked", async () => {
      const { issuedKeys, accessKeys } = tables;
      const until = new Date("2099-01-01T00:00:00.000Z");
      await issuedKeys.insert(issued(1), { most: 1 });

      expect(await issuedKeys.replace(issued(1).id, issued(2), { until, most: 1 })).toBe(true);
      expect(await issuedKeys.replace(issued(1).id, issued(3), { until, most: 1 })).toBe(false);
      expect(await accessKeys.find(issued(3).key.accessKeyId)).toBeUndefined();
      expect((await issuedKeys.find(issued(1).id))?.key).toMatchObject({
        replacedBy: issued(2).key.accessKeyId,
        expiresAt: until,
      });
      await expect(issuedKeys.insert(issued(4), { most: 1 })).rejects.toThrow(refused("TooManyKeys"));

      // One more for each that was replaced, and not more.
      await expect(issuedKeys.replace(issued(2).id, issued(5), { until, most: 1 })).rejects.toThrow(
        refused("TooManyKeys"),
      );
      expect((await issuedKeys.find(issued(2).id))?.key.replacedBy).toBeUndefined();
      expect(await issuedKeys.revoke(issued(2).id)).toBe(true);
      expect(await issuedKeys.revoke(issued(2).id)).toBe(false);
      expect(await issuedKeys.find(issued(2).id)).toBeUndefined();
      expect((await accessKeys.find(issued(2).key.accessKeyId))?.revokedAt).toBeInstanceOf(Date);
      expect(await issuedKeys.replace(issued(2).id, issued(5), { until, most: 1 })).toBe(false);
      expect(await issuedKeys.replace("none", issued(6), { until, most: 1 })).toBe(false);
      expect(await issuedKeys.revoke(issued(1).id)).toBe(true);
      await issuedKeys.insert(issued(7), { most: 1 });
    });

    test("that were replaced are not listed when they have expired, and go with their account", async () => {
      const { issuedKeys, accounts } = tables;
      await issuedKeys.insert(issued(1), { most });
      await issuedKeys.replace(issued(1).id, issued(2), { until: new Date(0), most });
      expect((await issuedKeys.list({ serviceId: 1, limit: 10 })).map(({ id }) => id)).toEqual([issued(2).id]);

      for (const n of [1, 2]) await issuedKeys.revoke(issued(n).id);
      await accounts.remove(ann.id);
    });
  });
});

test("10,000 issued keys are listed by pages of 1,000, each in 50 ms of CPU at most", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stave-control-"));
  const file = join(folder, "control.sqlite");
  const database = await openControlDatabase({ at: { file } });
  await database.as("ann").accounts.insert(ann);
  const direct = new DatabaseSync(file);
  direct.exec(`
    create temp table n as with recursive c(n) as (select 1 union all select n + 1 from c where n < 10000) select n from c;
    insert into access_key (access_key_id, secret_envelope, owner_id, description, created_at)
      select 'AKIA' || n, 'sealed', '${ann.id}', 'key ' || n, '2030-01-01T00:00:00.000Z' from n;
    insert into issued_key (id, access_key_id, service_id, created_at)
      select printf('00000000-0000-4000-8000-%012d', n), 'AKIA' || n, 1, '2030-01-01T00:00:00.000Z' from n`);
  direct.close();
  const { issuedKeys } = database.as("ann");
  const pages: number[] = [];
  const seen = new Set<string>();

  for (let before: IssuedKeyQuery["before"]; ; ) {
    const began = process.cpuUsage();
    const page = await issuedKeys.list({ serviceId: 1, before, limit: 1000 });
    const { user, system } = process.cpuUsage(began);
    const last = page.at(-1);
    if (last === undefined) break;
    pages.push((user + system) / 1000);
    for (const { id } of page) seen.add(id);
    before = { createdAt: last.key.createdAt, id: last.id };
  }

  expect(seen.size).toBe(10_000);
  // The least of ten: what else the process does meanwhile, such as compiling, is not the list's.
  expect(Math.min(...pages)).toBeLessThan(50);
  await database.close();
  await rm(folder, { recursive: true });
});
