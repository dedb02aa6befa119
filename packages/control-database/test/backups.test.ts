import { beforeEach, describe, expect, test } from "vitest";
import {
  type ControlDatabase,
  type ControlDatabaseOptions,
  type ControlTables,
  openControlDatabase,
} from "../src/index.ts";
import { databaseKinds, useDatabases } from "./test-databases.ts";

const refused = (code: string) => expect.objectContaining({ name: "ControlDatabaseError", code });
const service = {
  name: "Store",
  slug: "store",
  engine: "stave",
  status: "running",
  region: "r",
  parameters: {},
} as const;
const place = { name: "disk", kind: "local", settings: { directory: "d" } } as const;

describe.each(databaseKinds)("backups in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let at: ControlDatabaseOptions["at"];
    let database: ControlDatabase;
    let tables: ControlTables;
    let serviceId: number;
    let destinationId: string;
    let nowMs: number;

    beforeEach(async () => {
      const created = await databases.create();
      ({ at } = created);
      nowMs = Date.parse("2030-01-01T00:00:00Z");
      database = await openControlDatabase({ at, now: () => new Date(nowMs) });
      tables = database.as("ann");
      serviceId = (await tables.services.insert(service)).id;
      destinationId = (await tables.backupDestinations.insert(place)).id;
      return async () => {
        await database.close();
        await created.remove();
      };
    });

    const begin = () => tables.backups.begin({ serviceId, destinationId, withVersions: false });
    /** Ends the job that is next. */
    const endJob = async (state: "completed" | "failed" = "completed") => {
      const job = await tables.jobs.claim("me", 1000);
      if (job === undefined) throw new Error("Expected a job");
      await tables.jobs.release(job.id, "me", { state });
      return job;
    };
    const counts = {
      buckets: 1,
      objects: 2,
      sizeBytes: 3,
      storedObjects: 2,
      storedBytes: 3,
      changed: 0,
      vanished: 0,
      failures: 0,
    };
    const made = async () => {
      const { id } = await begin();
      await endJob();
      await tables.backups.end(id, { state: "completed", manifestChecksum: "c" });
      nowMs += 1000;
      return id;
    };

    test("a destination has a secret of its own, changes by revision, and stays while it is needed", async () => {
      const { backupDestinations } = tables;
      const sealed = { name: "s3", kind: "s3", settings: { bucket: "b" } } as const;
      const { id } = await backupDestinations.insert(sealed, { seal: async (own) => `sv1.0.${own}` });
      expect(await backupDestinations.find(id)).toMatchObject({
        ...sealed,
        secretEnvelope: `sv1.0.${id}`,
        revision: 1,
      });
      const other = await backupDestinations.sealed.sealedOtherwise("other", { after: undefined, limit: 10 });
      expect(other).toEqual([{ id, envelope: `sv1.0.${id}`, context: ["backup_destinations", "secret", id] }]);
      expect(await backupDestinations.sealed.reseal(id, `sv1.0.${id}`, "sv1.other.x")).toBe(true);
      await expect(backupDestinations.insert(sealed)).rejects.toThrow(refused("DestinationExists"));
      expect(await backupDestinations.change(id, { name: "new" }, { ifRevision: 1 })).toMatchObject({ revision: 2 });
      const stale = backupDestinations.change(id, { name: "newer" }, { ifRevision: 1 });
      await expect(stale).rejects.toThrow(refused("DestinationChanged"));
      await backupDestinations.remove(id);
      await expect(backupDestinations.remove(id)).rejects.toThrow(refused("DestinationNotFound"));

      await begin();
      await expect(backupDestinations.remove(destinationId)).rejects.toThrow(refused("DestinationInUse"));
      expect(JSON.stringify(await database.audit.list())).not.toContain("sv1.");
    });

    test("one backup of a service is made at a time, of one that runs", async () => {
      const first = await begin();
      expect(first).toMatchObject({ state: "running", isBusy: true, service: { slug: "store" } });
      await expect(begin()).rejects.toThrow(refused("SubjectBusy"));
      await endJob("failed");
      expect(await tables.backups.find(first.id)).toMatchObject({ state: "failed", isBusy: false });
      nowMs += 1000;
      const second = await begin();
      expect(second.folder).toBe(first.folder);
      expect((await tables.backups.list({ limit: 10, serviceId })).map(({ id }) => id)).toEqual([second.id, first.id]);

      await tables.services.change(serviceId, { status: "stopped" });
      await expect(begin()).rejects.toThrow(refused("ServiceNotRunning"));
    });

    test("of two processes that go on with a backup one stores a part of its manifest", async () => {
      const { id } = await begin();
      const chunk = { number: 0, name: "a", checksum: "c", lines: 2, cursor: { at: 1 } };
      expect(await tables.backups.addChunk(id, chunk, { counts, problems: [] })).toBe(true);
      expect(await tables.backups.addChunk(id, { ...chunk, name: "b" }, { counts, problems: [] })).toBe(false);
      expect(await tables.backups.chunks(id)).toEqual([chunk]);
      expect(await tables.backups.find(id)).toMatchObject({ counts });
    });

    test("a backup is not deleted while something reads it, and not read when it is", async () => {
      const { backups, restores } = tables;
      const id = await made();
      await backups.beginVerify(id);
      await expect(backups.beginDelete(id)).rejects.toThrow(refused("BackupBusy"));
      await expect(backups.beginVerify(id)).rejects.toThrow(refused("BackupBusy"));
      await endJob();
      expect(await backups.hold(id, new Date(nowMs + 1000))).toBe(true);
      await expect(backups.beginDelete(id)).rejects.toThrow(refused("BackupBusy"));
      nowMs += 2000;
      const to = { service: { ...service, name: "New", slug: "new", status: "creating" as const } };
      const { serviceId: made2, mode } = await restores.begin({ backupId: id, to, data: {} });
      expect([mode, (await tables.services.find(made2))?.status]).toEqual(["new_service", "creating"]);
      await expect(backups.beginDelete(id)).rejects.toThrow(refused("BackupBusy"));
      await endJob();

      await backups.beginDelete(id);
      const again = restores.begin({ backupId: id, to: { serviceId }, data: {} });
      await expect(again).rejects.toThrow(refused("BackupUnusable"));
      expect(await backups.hold(id, new Date(nowMs + 1000))).toBe(false);
      await backups.remove(id);
      await expect(backups.beginDelete(id)).rejects.toThrow(refused("BackupNotFound"));
    });

    test("a restore whose service cannot be made is not begun at all", async () => {
      const id = await made();
      const begun = tables.restores.begin({ backupId: id, to: { service }, data: {} });
      await expect(begun).rejects.toThrow(refused("ServiceExists"));
      expect(await tables.restores.list({ limit: 10 })).toEqual([]);
      expect(await tables.jobs.list({ limit: 10, type: "backup:restore" })).toEqual([]);
    });

    test("what is due is begun by one process, and says when it is due again", async () => {
      const { backupSchedules } = tables;
      const nextAt = new Date(nowMs + 1000);
      const schedule = {
        name: "n",
        serviceId,
        destinationId,
        cron: "0 0 3 * * *",
        timeZone: "UTC",
        withVersions: true,
      };
      const { id } = await backupSchedules.insert({ ...schedule, isEnabled: true, nextAt, retentionCount: 2 });
      const next = () => new Date(nowMs + 3_600_000);
      expect(await backupSchedules.beginDue(next)).toBeUndefined();
      nowMs += 2000;

      const other = await openControlDatabase({ at, now: () => new Date(nowMs) });
      const both = await Promise.all([database, other].map((one) => one.as("s").backupSchedules.beginDue(next)));
      await other.close();
      expect(both.filter((due) => due?.backup !== undefined)).toHaveLength(1);
      expect(await backupSchedules.find(id)).toMatchObject({
        nextAt: next(),
        lastAt: new Date(nowMs),
        retentionCount: 2,
      });

      // The one before has not ended.
      nowMs += 3_600_001;
      expect((await backupSchedules.beginDue(next))?.backup).toBeUndefined();
      expect(await backupSchedules.find(id)).toMatchObject({ lastError: "The one before was still being made." });
      expect(await tables.backups.list({ limit: 10, scheduleId: id })).toHaveLength(1);
      await endJob();
      await tables.services.remove(serviceId);
      expect(await backupSchedules.find(id)).toBeUndefined();
    });
  });
});
