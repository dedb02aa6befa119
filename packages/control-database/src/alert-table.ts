import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { addEvent } from "./event-table.ts";
import type { AlertRow, AlertRuleRow, Schema } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

export const alertComparisons = ["gt", "gte", "lt", "lte"] as const;
export type AlertComparison = (typeof alertComparisons)[number];

/** When somebody wants to be told. */
export type AlertRule = {
  readonly id: string;
  readonly serviceId: number;
  readonly name: string;
  readonly metric: string;
  readonly comparison: AlertComparison;
  readonly threshold: number;
  /** So long it has to be so. */
  readonly forSeconds: number;
  readonly severity: "warning" | "critical";
  readonly isEnabled: boolean;
  /** It is so since then. */
  readonly breachedSince?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type NewAlertRule = Omit<AlertRule, "id" | "breachedSince" | "createdAt" | "updatedAt">;

export type AlertRecord = {
  readonly id: string;
  readonly serviceId: number;
  /** As it was when it fired. */
  readonly rule: Pick<AlertRule, "id" | "name" | "metric" | "comparison" | "threshold" | "forSeconds" | "severity">;
  /** With which it fired. */
  readonly value: number;
  readonly firedAt: Date;
  /** Undefined: it fires. */
  readonly resolvedAt?: Date;
  /** `recovered`, or what was done with the rule. */
  readonly resolution?: "changed" | "recovered" | "removed";
};

export interface AlertTable {
  /** Throws `ServiceNotFound`, and `RulesFull` when the service has 50. */
  insertRule(rule: NewAlertRule): Promise<AlertRule>;
  findRule(id: string): Promise<AlertRule | undefined>;
  /** Of one service, by their making; or all that are enabled. */
  rules(query: { readonly serviceId: number } | { readonly isEnabled: true }): Promise<readonly AlertRule[]>;
  /** What it was firing for is over. Throws `RuleNotFound`. */
  changeRule(id: string, change: Omit<NewAlertRule, "serviceId">): Promise<AlertRule>;
  /** Removing what is gone is no error. */
  removeRule(id: string): Promise<void>;
  /** What a look has found; fires when it has been so for long enough, and resolves. Tells of both. */
  evaluate(
    ruleId: string,
    found: { readonly isBreached: boolean; readonly value: number; readonly at: Date },
  ): Promise<void>;
  /** Newest first; `before` is the id of an alert, exclusive. */
  alerts(query: {
    readonly serviceId: number;
    readonly isFiring?: boolean | undefined;
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly AlertRecord[]>;
  /** Those that were resolved before this. */
  prune(before: Date): Promise<number>;
}

const maxRules = 50;

export function createAlertTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): AlertTable {
  const resolve = async (
    transaction: Transaction<Schema>,
    rule: AlertRuleRow,
    { at, value, resolution }: { at: Date; value: number | null; resolution: NonNullable<AlertRecord["resolution"]> },
  ): Promise<void> => {
    const row = await transaction
      .updateTable("alert")
      .set({ resolved_at: at.toISOString(), resolution })
      .where("rule_id", "=", rule.id)
      .where("resolved_at", "is", null)
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) await tell(transaction, row, { type: "alert:resolved", value, at, resolution });
  };
  const tell = async (
    transaction: Transaction<Schema>,
    { id, service_id: serviceId, rule, fired_at }: AlertRow,
    { type, at, ...more }: { type: string; at: Date; value: number | null; resolution?: string },
  ): Promise<void> => {
    const service = await transaction
      .selectFrom("service")
      .select("name")
      .where("id", "=", serviceId)
      .executeTakeFirst();
    const { name, metric, comparison, threshold, severity } = JSON.parse(rule);
    const about = { rule: name, metric, comparison, threshold, severity, fired_at, ...more };
    const data = { id: serviceId, name: service?.name ?? "", alert_id: id, ...about };
    await addEvent(transaction, { type, subject: `service:${serviceId}`, data }, at);
  };
  /** With its row locked: of several processes that look at once one tells. */
  const lock = (transaction: Transaction<Schema>, id: string) =>
    transaction.updateTable("alert_rule").set({ id }).where("id", "=", id).returningAll().executeTakeFirst();

  return {
    insertRule: (rule) =>
      db.transaction().execute(async (transaction) => {
        const { serviceId } = rule;
        const service = await transaction
          .updateTable("service")
          .set({ id: serviceId })
          .where("id", "=", serviceId)
          .returning("id")
          .executeTakeFirst();
        if (service === undefined) throw new ControlDatabaseError("ServiceNotFound", "There is no such service.");
        const others = await transaction
          .selectFrom("alert_rule")
          .select("id")
          .where("service_id", "=", serviceId)
          .execute();
        if (others.length >= maxRules) {
          throw new ControlDatabaseError("RulesFull", `A service has at most ${maxRules} alert rules.`);
        }
        const at = now().toISOString();
        const row: AlertRuleRow = {
          id: randomBytes(8).toString("hex"),
          service_id: serviceId,
          ...toRow(rule),
          breached_since: null,
          created_at: at,
          updated_at: at,
        };
        await transaction.insertInto("alert_rule").values(row).execute();
        const subject = `service:${serviceId}`;
        await record(transaction, { action: "alert-rule:create", subject, details: { id: row.id, ...rule } });
        return toRule(row);
      }),
    async findRule(id) {
      const row = await db.selectFrom("alert_rule").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRule(row);
    },
    async rules(query) {
      const all = db.selectFrom("alert_rule").selectAll().orderBy("created_at").orderBy("id");
      const rows = "serviceId" in query ? all.where("service_id", "=", query.serviceId) : all.where("enabled", "=", 1);
      return (await rows.execute()).map(toRule);
    },
    changeRule: (id, change) =>
      db.transaction().execute(async (transaction) => {
        const before = await lock(transaction, id);
        if (before === undefined) throw new ControlDatabaseError("RuleNotFound", "There is no such alert rule.");
        const at = now();
        await resolve(transaction, before, { at, value: null, resolution: "changed" });
        const row = { ...before, ...toRow(change), breached_since: null, updated_at: at.toISOString() };
        await transaction.updateTable("alert_rule").set(row).where("id", "=", id).execute();
        const subject = `service:${before.service_id}`;
        await record(transaction, { action: "alert-rule:change", subject, details: { id, ...change } });
        return toRule(row);
      }),
    removeRule: (id) =>
      db.transaction().execute(async (transaction) => {
        const before = await lock(transaction, id);
        if (before === undefined) return;
        await resolve(transaction, before, { at: now(), value: null, resolution: "removed" });
        await transaction.deleteFrom("alert_rule").where("id", "=", id).execute();
        const subject = `service:${before.service_id}`;
        await record(transaction, { action: "alert-rule:remove", subject, details: { id } });
      }),
    async evaluate(ruleId, { isBreached, value, at }) {
      const [known, firing] = await Promise.all([
        db.selectFrom("alert_rule").selectAll().where("id", "=", ruleId).executeTakeFirst(),
        db
          .selectFrom("alert")
          .select("id")
          .where("rule_id", "=", ruleId)
          .where("resolved_at", "is", null)
          .executeTakeFirst(),
      ]);
      // Nearly always nothing has changed, and nothing is written.
      if (known === undefined || known.enabled === 0) return;
      if (isBreached ? firing !== undefined : firing === undefined && known.breached_since === null) return;
      await db.transaction().execute(async (transaction) => {
        const rule = await lock(transaction, ruleId);
        if (rule === undefined || rule.enabled === 0 || rule.updated_at !== known.updated_at) return;
        const set = (breached_since: string | null) =>
          transaction.updateTable("alert_rule").set({ breached_since }).where("id", "=", ruleId).execute();
        if (!isBreached) {
          await set(null);
          return await resolve(transaction, rule, { at, value, resolution: "recovered" });
        }
        const since = rule.breached_since ?? at.toISOString();
        if (rule.breached_since === null) await set(since);
        if (at.getTime() - Date.parse(since) < rule.for_seconds * 1000) return;
        const other = await transaction
          .selectFrom("alert")
          .select("id")
          .where("rule_id", "=", ruleId)
          .where("resolved_at", "is", null)
          .executeTakeFirst();
        if (other !== undefined) return;
        const { id, name, metric, comparison, threshold, forSeconds, severity } = toRule(rule);
        const firedAt = at.toISOString();
        const row: AlertRow = {
          id: sortableId(firedAt).replaceAll(/[^\da-zA-Z]/g, ""),
          rule_id: ruleId,
          service_id: rule.service_id,
          rule: JSON.stringify({ id, name, metric, comparison, threshold, forSeconds, severity }),
          value,
          fired_at: firedAt,
          resolved_at: null,
          resolution: null,
        };
        await transaction.insertInto("alert").values(row).execute();
        await tell(transaction, row, { type: "alert:firing", value, at });
      });
    },
    async alerts({ serviceId, isFiring, before, limit }) {
      let query = db
        .selectFrom("alert")
        .selectAll()
        .where("service_id", "=", serviceId)
        .orderBy("id", "desc")
        .limit(limit);
      if (isFiring !== undefined) query = query.where("resolved_at", isFiring ? "is" : "is not", null);
      if (before !== undefined) query = query.where("id", "<", before);
      return (await query.execute()).map(toAlert);
    },
    async prune(before) {
      const { numDeletedRows } = await db
        .deleteFrom("alert")
        .where("resolved_at", "<", before.toISOString())
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

function toRow(rule: Omit<NewAlertRule, "serviceId">) {
  return {
    name: rule.name,
    metric: rule.metric,
    comparison: rule.comparison,
    threshold: rule.threshold,
    for_seconds: rule.forSeconds,
    severity: rule.severity,
    enabled: Number(rule.isEnabled),
  };
}

function toRule(row: AlertRuleRow): AlertRule {
  return {
    id: row.id,
    serviceId: row.service_id,
    name: row.name,
    metric: row.metric,
    comparison: row.comparison as AlertComparison,
    threshold: row.threshold,
    forSeconds: row.for_seconds,
    severity: row.severity as AlertRule["severity"],
    isEnabled: row.enabled === 1,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.breached_since !== null && { breachedSince: new Date(row.breached_since) }),
  };
}

function toAlert(row: AlertRow): AlertRecord {
  return {
    id: row.id,
    serviceId: row.service_id,
    rule: JSON.parse(row.rule),
    value: row.value,
    firedAt: new Date(row.fired_at),
    ...(row.resolved_at !== null && { resolvedAt: new Date(row.resolved_at) }),
    ...(row.resolution !== null && { resolution: row.resolution as NonNullable<AlertRecord["resolution"]> }),
  };
}
