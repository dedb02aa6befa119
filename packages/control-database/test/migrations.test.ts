import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ControlDatabase, type MigrationObject, openControlDatabase } from "../src/index.ts";
import { databaseKinds, useDatabases } from "./test-databases.ts";

describe.each(databaseKinds)("migrations in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let database: ControlDatabase;
    let remove: () => Promise<void>;
    beforeEach(async () => {
      const created = await databases.create();
      remove = created.remove;
      database = await openControlDatabase({ at: created.at });
    });
    afterEach(async () => {
      await database.close();
      await remove();
    });

    const tables = () => database.as("ann");
    const addService = async (name: string) => {
      const service = {
        name,
        slug: name,
        engine: "external",
        status: "running",
        region: "us-east-1",
        parameters: {},
      } as const;
      return (await tables().services.insert(service)).id;
    };
    const create = (sourceId: number, targetId: number, maxAtOnce = 2) =>
      tables().migrations.create(
        { sourceId, targetId, options: { versions: true } },
        (migrationId) => ({ type: "migration:run", data: { migrationId } }),
        { maxAtOnce },
      );
    const object = (key: string, change: Partial<MigrationObject> = {}): MigrationObject => ({
      bucket: "photos",
      key,
      versionId: "",
      state: "copied",
      pass: 1,
      seq: 1,
      etag: "e",
      modifiedAt: new Date("2030-01-01T00:00:00.000Z"),
      sizeBytes: 5_000_000_000_000,
      isMarker: false,
      ...change,
    });

    test("one comes with its job, and keeps both services busy until it has ended", async () => {
      const [a, b, c] = [await addService("a"), await addService("b"), await addService("c")];
      const { migration, job } = await create(a, b);
      const { migrations, jobs } = tables();

      expect(await migrations.find(migration.id)).toEqual(migration);
      expect(migration).toMatchObject({ state: "planning", jobId: job.id, actor: "ann", isCancelled: false });
      expect(await jobs.find(job.id)).toMatchObject({ subject: `service:${a}`, data: { migrationId: migration.id } });
      for (const [from, to] of [
        [a, c],
        [c, a],
        [c, b],
      ] as const) {
        await expect(create(from, to)).rejects.toMatchObject({ code: "SubjectBusy" });
      }
      await expect(create(c, c, 1)).rejects.toMatchObject({ code: "SubjectBusy" });
      expect((await migrations.findUnfinished(b))?.id).toBe(migration.id);
      await migrations.change(migration.id, { state: "failed", problem: { code: "CONFLICT", detail: "no" } });
      expect(await migrations.findUnfinished(b)).toBeUndefined();
      expect(await migrations.list({ serviceId: b, limit: 10 })).toMatchObject([{ problem: { detail: "no" } }]);
      const entries = await database.audit.list({ subject: `service:${a}` });
      expect(entries.map(({ action }) => action)).toEqual(
        expect.arrayContaining(["migration:create", "migration:change"]),
      );
    });

    test("only services that run are migrated", async () => {
      const [a, b] = [await addService("a"), await addService("b")];
      await tables().services.change(b, { status: "stopped" });

      await expect(create(a, b)).rejects.toMatchObject({ code: "ServiceNotRunning" });
      await expect(create(a, 99)).rejects.toMatchObject({ code: "ServiceNotFound" });
    });

    test("one is called off before it switches, and goes back only when it is completed", async () => {
      const { migration } = await create(await addService("a"), await addService("b"));
      const { migrations } = tables();
      const job = () => ({ type: "migration:rollback", data: {} });

      await expect(migrations.beginRollback(migration.id, job)).rejects.toMatchObject({
        code: "MigrationNotCompleted",
      });
      expect(await migrations.cancel(migration.id)).toBe(true);
      expect((await migrations.find(migration.id))?.isCancelled).toBe(true);
      await migrations.change(migration.id, { state: "switching" });
      expect(await migrations.cancel(migration.id)).toBe(false);
    });

    test("objects are found by key, page by page and by what became of them", async () => {
      const { migration } = await create(await addService("a"), await addService("b"));
      const { objects } = tables().migrations;
      const long = `${"\u{1F600}".repeat(250)}\u0000`;
      const rows = [
        object("k", { versionId: "1", seq: 1, targetVersionId: "t1", sha256: "aa" }),
        object("k", { versionId: "2", seq: 2, isMarker: true, sizeBytes: 0, pass: 2 }),
        object(long, { state: "failed", reason: "no", lost: ["tags"], lock: { mode: "GOVERNANCE" } }),
        object("other", { bucket: "music" }),
      ];
      await objects.save(migration.id, rows);
      await objects.save(migration.id, [object("other", { bucket: "music", state: "verified" })]);

      expect(await objects.ofKeys(migration.id, { bucket: "photos", keys: ["k", "no", long] })).toHaveLength(3);
      expect(await objects.ofKeys(migration.id, { bucket: "photos", keys: ["k"] })).toEqual(rows.slice(0, 2));
      expect(await objects.list(migration.id, { states: ["failed"], limit: 5 })).toEqual([rows[2]]);
      expect(await objects.list(migration.id, { hasLost: true, hasLock: true, limit: 5 })).toEqual([rows[2]]);
      expect(await objects.list(migration.id, { bucket: "photos", notSeenIn: 2, limit: 5 })).toHaveLength(2);
      const paged: MigrationObject[] = [];
      for (let after: MigrationObject | undefined; ; ) {
        const page = await objects.list(migration.id, { after, limit: 1 });
        paged.push(...page);
        after = page.at(-1);
        if (page.length === 0) break;
      }
      expect(new Set(paged.map(({ bucket, key, versionId }) => `${bucket}/${key}/${versionId}`)).size).toBe(4);
      expect(await objects.totals(migration.id)).toEqual({
        objects: 2,
        markers: 1,
        sizeBytes: 10_000_000_000_000,
        failed: 1,
        verified: 1,
        pass: 2,
      });
      expect(await objects.prune(migration.id, { keepsNotes: true, limit: 2 })).toBe(false);
      expect(await objects.prune(migration.id, { keepsNotes: true, limit: 2 })).toBe(true);
      expect(await objects.list(migration.id, { limit: 5 })).toEqual([rows[2]]);
      await objects.remove(migration.id, rows);
      expect(await objects.totals(migration.id)).toMatchObject({ objects: 0, failed: 0, pass: 0 });
    });

    test("links move all or not at all, and only from where they were", async () => {
      const [a, b] = [await addService("a"), await addService("b")];
      const { accounts, projects, links, migrations } = tables();
      await accounts.insert({ id: "x", displayName: "x", createdAt: new Date() });
      const ids: string[] = [];
      for (const name of ["one", "two"]) {
        const project = await projects.create({ name, accountId: "x", createdAt: new Date() });
        const of = { serviceId: a, projectId: project.id, environment: "production" };
        const { link } = await links.create({ ...of, prefix: "", endpoint: "public", credentials: "service" }, () => ({
          type: "link:create",
          data: {},
        }));
        await links.change(link.id, { status: "active", bucket: `${name}-production` });
        ids.push(link.id);
      }
      const [first = "", second = ""] = ids;
      const move = (linkId: string, from = a, to = b) => ({
        linkId,
        from: { serviceId: from },
        to: { serviceId: to, bucket: "there", credentials: "service" as const, previousKeyId: "AKIAOLD" },
        isOfProject: false,
      });

      await expect(migrations.moveLinks([move(first), move(second, 99)])).rejects.toMatchObject({
        code: "LinkChanged",
      });
      expect((await links.find(first))?.serviceId).toBe(a);
      await migrations.moveLinks([move(first)]);
      await migrations.moveLinks([move(first), move("gone")]);
      expect(await links.find(first)).toMatchObject({ serviceId: b, bucket: "there", previousKeyId: "AKIAOLD" });
      expect(await links.buckets.find({ serviceId: b, bucket: "there" })).toMatchObject({
        isMade: true,
      });
      expect((await links.find(second))?.serviceId).toBe(a);
    });
  });
});
