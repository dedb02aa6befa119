import { beforeEach, describe, expect, test } from "vitest";
import { type ControlDatabase, type ControlTables, openControlDatabase } from "../src/index.ts";
import { databaseKinds, useDatabases } from "./test-databases.ts";

const since = new Date("2030-01-01T00:00:00.123Z");
const later = (ms: number) => new Date(since.getTime() + ms);

describe.each(databaseKinds)("versions of services and logs of jobs in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let database: ControlDatabase;
    let tables: ControlTables;
    let now = since;

    beforeEach(async () => {
      const { at, remove } = await databases.create();
      now = since;
      database = await openControlDatabase({ at, now: () => now });
      tables = database.as("ann");
      return async () => {
        await database.close();
        await remove();
      };
    });

    test("versions are listed newest first, each job has one, and they are on record", async () => {
      const { serviceVersions } = tables;
      const first = { image: "rustfs/rustfs:1", imageId: "sha256:1", reason: "created" as const, since };
      const second = { image: "rustfs/rustfs:2", imageDigest: "sha256:d", reason: "upgraded" as const, jobId: "j" };
      await serviceVersions.add(7, first);
      for (const ms of [1, 2]) await serviceVersions.add(7, { ...second, since: later(ms) });
      await serviceVersions.add(8, first);

      expect(await serviceVersions.list(7)).toMatchObject([{ ...second, since: later(1) }, first]);
      expect((await database.audit.list({ subject: "service:7" })).map(({ action }) => action)).toEqual([
        "service:version",
        "service:version",
      ]);
      await serviceVersions.removeOfJob("j");
      expect(await serviceVersions.list(7)).toHaveLength(1);
      for (let ms = 0; ms < 100; ms += 1) await serviceVersions.add(7, { ...first, since: later(10 + ms) });
      expect(await serviceVersions.list(7)).toHaveLength(100);
      expect((await serviceVersions.list(7)).at(-1)?.since).toEqual(later(10));
    });

    test("what a job has said is kept in its order, bounded, and for as long as the job", async () => {
      const { jobs, jobLog } = tables;
      const { id } = await jobs.create({ type: "test", subject: "thing:1", data: {} });
      for (const [step, message] of [
        ["one", "begun"],
        ["two", "x".repeat(5000)],
      ] as const) {
        await jobLog.add(id, { step, message });
      }
      expect(await jobLog.list(id)).toEqual([
        { at: since, step: "one", message: "begun" },
        { at: since, step: "two", message: "x".repeat(4000) },
      ]);
      for (let count = 0; count < 500; count += 1) await jobLog.add(id, { step: "three", message: `${count}` });
      const kept = await jobLog.list(id);
      expect([kept.length, kept[0]?.message, kept.at(-1)?.message]).toEqual([500, "0", "499"]);

      await jobs.cancel(id);
      expect(await jobs.prune(later(1))).toBe(1);
      expect(await jobLog.list(id)).toEqual([]);
    });
  });
});
