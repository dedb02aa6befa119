import { beforeEach, describe, expect, test } from "vitest";
import { type ControlDatabase, type ControlTables, openControlDatabase } from "../src/index.ts";
import { databaseKinds, useDatabases } from "./test-databases.ts";

const refused = (code: string) => expect.objectContaining({ name: "ControlDatabaseError", code });
const start = new Date("2030-01-01T00:00:00.000Z");
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const containerId = "c".repeat(64);

describe.each(databaseKinds)("what is watched of services in %s", (kind, isThere) => {
  describe.skipIf(!isThere)("", () => {
    const databases = useDatabases(kind);
    let database: ControlDatabase;
    let tables: ControlTables;
    let now = start;
    let id = 0;

    beforeEach(async () => {
      const created = await databases.create();
      now = start;
      database = await openControlDatabase({ at: created.at, now: () => now });
      tables = database.as("ann");
      const service = { name: "photos", slug: "photos", engine: "rustfs", status: "running" } as const;
      ({ id } = await tables.services.insert({ ...service, region: "us-east-1", parameters: {} }));
      return async () => {
        await database.close();
        await created.remove();
      };
    });

    const events = async (type: string) =>
      (await database.events.list({ after: 0, limit: 1000 })).filter((event) => event.type === type);

    test("restarts are counted from one look to the next, and a new start or container begins anew", async () => {
      const { containerWatch } = tables;
      const look = (restartCount: number, of = containerId) =>
        containerWatch.observe(id, { containerId: of, restartCount, drift: [] });
      await look(3);
      now = after(60);
      await look(5);
      await Promise.all([look(5), look(5)]);
      await look(0);
      await look(1);
      await look(9, "d".repeat(64));

      expect(await containerWatch.restarts([id, 99], after(60))).toEqual(new Map([[id, 3]]));
      expect(await containerWatch.restarts([id], after(61))).toEqual(new Map());
      expect(await containerWatch.restarts([], start)).toEqual(new Map());
      await containerWatch.observe(99, { containerId, restartCount: 1, drift: [] });
      expect(await containerWatch.find([99])).toEqual(new Map());
    });

    test("a drift is told when it comes and when it goes", async () => {
      const look = (drift: string[]) => tables.containerWatch.observe(id, { containerId, restartCount: 0, drift });
      await look([]);
      await look(["memory_mb", "nano_cpus"]);
      await look(["memory_mb", "nano_cpus"]);
      await look([]);

      expect((await events("service:drift")).map(({ data }) => data)).toEqual([
        { id, name: "photos", drift: true, fields: ["memory_mb", "nano_cpus"] },
        { id, name: "photos", drift: false, fields: [] },
      ]);
    });

    test("what several processes are told counts once, and who has seen a kill says so", async () => {
      const { containerWatch } = tables;
      const oom = (seconds: number) => ({ containerId, kind: "oom", at: after(seconds) }) as const;
      expect(await Promise.all([containerWatch.note(id, oom(1)), containerWatch.note(id, oom(1))])).toContain(false);
      expect(await containerWatch.note(id, { ...oom(2), kind: "die", exitCode: 137 })).toBe(true);
      expect(await containerWatch.note(99, oom(1))).toBe(false);

      const found = async () => (await containerWatch.find([id])).get(id);
      expect(await found()).toEqual({ serviceId: id, drift: [], oomCount: 1, lastOomAt: after(1) });
      expect(await containerWatch.lastOf(id, "oom")).toEqual(after(1));
      expect((await events("service:oom")).map(({ data }) => data)).toEqual([{ id, name: "photos", oom_count: 1 }]);
      expect((await events("service:container")).map(({ data }) => data)).toEqual([
        { id, name: "photos", event: "die", exit_code: 137 },
      ]);

      await containerWatch.acknowledgeOom(id);
      expect((await found())?.oomAcknowledgedAt).toEqual(after(1));
      await containerWatch.note(id, oom(5));
      expect(await found()).toMatchObject({ oomCount: 2, lastOomAt: after(5), oomAcknowledgedAt: after(1) });
      expect((await database.audit.list({ action: "service:acknowledge-oom" })).length).toBe(1);
      expect(await containerWatch.prune(after(4))).toBe(2);
      await tables.services.remove(id);
      expect(await found()).toBeUndefined();
    });

    test("points of a step are stored once, and read by time", async () => {
      const { metrics } = tables;
      const point = (seconds: number, cpu: number, serviceId = id) => {
        return { serviceId, at: after(seconds), values: { cpu_percent: cpu } };
      };
      await metrics.add(30, [point(0, 1), point(30, 2), point(30, 5, 7)]);
      await metrics.add(30, [point(30, 99), point(60, 3)]);
      await metrics.add(300, [point(0, 50)]);
      await metrics.add(300, []);

      expect(await metrics.list(30, { serviceId: id, from: start, to: after(60) })).toEqual([
        point(0, 1),
        point(30, 2),
      ]);
      expect(await metrics.list(30, { from: after(30), to: after(31) })).toHaveLength(2);
      expect(await metrics.latest(30, id)).toEqual(point(60, 3));
      expect(await metrics.latest(30, 99)).toBeUndefined();
      expect([await metrics.newest(30), await metrics.newest(300), await metrics.newest(1)]).toEqual([
        after(60),
        start,
        undefined,
      ]);
      expect(await metrics.prune(30, after(60))).toBe(3);
      expect(await metrics.latest(300, id)).toEqual(point(0, 50));
    });

    const rule = {
      name: "busy",
      metric: "cpu_percent",
      comparison: "gt",
      threshold: 80.5,
      forSeconds: 60,
      severity: "warning",
      isEnabled: true,
    } as const;

    test("a rule fires when it has been so for long enough, once, and resolves", async () => {
      const { alerts } = tables;
      const { id: ruleId } = await alerts.insertRule({ serviceId: id, ...rule });
      const look = (seconds: number, value: number) =>
        alerts.evaluate(ruleId, { isBreached: value > 80, value, at: after(seconds) });
      const states = async () =>
        (await alerts.alerts({ serviceId: id, limit: 10 })).map((it) => it.resolution ?? "fires");

      await look(0, 90);
      await look(30, 95);
      expect(await states()).toEqual([]);
      expect((await alerts.findRule(ruleId))?.breachedSince).toEqual(start);
      await look(45, 10);
      await look(60, 90);
      await look(90, 91);
      expect(await states()).toEqual([]);
      await Promise.all([look(120, 92), look(120, 92)]);
      await look(150, 93);
      expect(await states()).toEqual(["fires"]);
      await Promise.all([look(180, 20), look(180, 20)]);
      expect(await states()).toEqual(["recovered"]);

      const told = [...(await events("alert:firing")), ...(await events("alert:resolved"))].map(({ data }) => data);
      expect(told).toMatchObject([
        { id, name: "photos", rule: "busy", severity: "warning", value: 92, fired_at: after(120).toISOString() },
        { id, rule: "busy", value: 20, resolution: "recovered" },
      ]);
      expect(await alerts.alerts({ serviceId: id, isFiring: true, limit: 10 })).toEqual([]);
      expect(await alerts.prune(after(181))).toBe(1);
    });

    test("a rule that is changed, disabled or removed resolves what it fires for", async () => {
      const { alerts } = tables;
      const { id: ruleId } = await alerts.insertRule({ serviceId: id, ...rule, forSeconds: 0 });
      const breach = (seconds: number) => alerts.evaluate(ruleId, { isBreached: true, value: 99, at: after(seconds) });
      const newest = async () => (await alerts.alerts({ serviceId: id, limit: 1 }))[0];

      await breach(0);
      expect(await newest()).toMatchObject({ value: 99, rule: { id: ruleId, threshold: 80.5 }, firedAt: start });
      now = after(10);
      expect(await alerts.changeRule(ruleId, { ...rule, forSeconds: 0, threshold: 50 })).toMatchObject({
        threshold: 50,
      });
      expect(await newest()).toMatchObject({ resolution: "changed", resolvedAt: after(10) });
      await breach(20);
      await alerts.removeRule(ruleId);
      await alerts.removeRule(ruleId);
      expect(await newest()).toMatchObject({ resolution: "removed" });
      await breach(30);
      expect(await alerts.alerts({ serviceId: id, isFiring: true, limit: 10 })).toEqual([]);

      const disabled = await alerts.insertRule({ serviceId: id, ...rule, forSeconds: 0, isEnabled: false });
      await alerts.evaluate(disabled.id, { isBreached: true, value: 99, at: start });
      expect(await alerts.alerts({ serviceId: id, isFiring: true, limit: 10 })).toEqual([]);
      expect(await alerts.rules({ isEnabled: true })).toEqual([]);
      await expect(alerts.changeRule("gone", rule)).rejects.toEqual(refused("RuleNotFound"));
      await expect(alerts.insertRule({ serviceId: 99, ...rule })).rejects.toEqual(refused("ServiceNotFound"));
      const many = Array.from({ length: 49 }, () => alerts.insertRule({ serviceId: id, ...rule }));
      await Promise.all(many);
      await expect(alerts.insertRule({ serviceId: id, ...rule })).rejects.toEqual(refused("RulesFull"));
    });

    test("each event becomes one job for each webhook, however many dispatch, and none from before", async () => {
      const { noticeWebhooks, containerWatch, jobs } = tables;
      const notice = { type: "notice:send", events: ["service:oom"] };
      const seal = async (of: string) => `sv1.old.${of}`;
      const [one, two] = [
        await noticeWebhooks.insert({ name: "a", url: "https://a.example" }, seal),
        await noticeWebhooks.insert({ name: "b", url: "https://b.example" }, seal),
      ];
      await containerWatch.note(id, { containerId, kind: "oom", at: after(1) });
      expect(await noticeWebhooks.dispatch(notice)).toBe(false);
      await containerWatch.note(id, { containerId, kind: "oom", at: after(2) });
      await containerWatch.note(id, { containerId, kind: "die", at: after(3) });

      await Promise.all(Array.from({ length: 5 }, () => noticeWebhooks.dispatch(notice)));

      // Jobs are events themselves, of which nobody is told here.
      expect(await noticeWebhooks.dispatch(notice)).toBe(false);
      const made = (await jobs.list({ type: "notice:send", limit: 10 })).map(({ data }) => data);
      expect(made.map((data) => data.webhookId).toSorted()).toEqual([one.id, two.id].toSorted());
      expect(made[0]?.notice).toMatchObject({ type: "service:oom", data: { id, oom_count: 2 } });

      await noticeWebhooks.noteFailed(one.id, "It did not answer.");
      expect(await noticeWebhooks.find(one.id)).toMatchObject({ error: "It did not answer.", failedAt: now });
      await noticeWebhooks.noteDelivered(one.id);
      expect(await noticeWebhooks.find(one.id)).toEqual({ ...one, deliveredAt: now });
      expect(await noticeWebhooks.sealed.sealedOtherwise("new", { after: undefined, limit: 10 })).toHaveLength(2);
      expect(await noticeWebhooks.sealed.reseal(one.id, one.secretEnvelope, "sv1.new.x")).toBe(true);
      expect(await noticeWebhooks.sealed.sealedOtherwise("new", { after: undefined, limit: 10 })).toMatchObject([
        { id: two.id },
      ]);
      expect([await noticeWebhooks.remove(two.id), await noticeWebhooks.remove(two.id)]).toEqual([true, false]);
      const many = Array.from({ length: 19 }, () =>
        noticeWebhooks.insert({ name: "c", url: "https://c.example" }, seal),
      );
      await Promise.all(many);
      await expect(noticeWebhooks.insert({ name: "d", url: "https://d.example" }, seal)).rejects.toEqual(
        refused("WebhooksFull"),
      );
    });
  });
});
