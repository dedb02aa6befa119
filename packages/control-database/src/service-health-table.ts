import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { addEvent } from "./event-table.ts";
import type { Schema, ServiceCheckRow, ServiceHealthRow } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

/** `degraded`: it answers, slowly. `unknown`: nobody has looked yet. */
export type HealthStatus = "operational" | "degraded" | "down";

/** What one look at a service has found. */
export type ServiceCheck = {
  readonly status: HealthStatus;
  readonly at: Date;
  readonly latencyMs?: number;
  /** Why it is not operational, for a person. */
  readonly reason?: string;
};

/** How a service is now. */
export type ServiceHealth = Omit<ServiceCheck, "at"> & {
  readonly serviceId: number;
  readonly since: Date;
  readonly checkedAt?: Date;
  /** One after the other, up to now. */
  readonly failures: number;
  /** Somebody has been told that it is down, and not yet that it is up again. */
  readonly alertedAt?: Date;
};

export interface ServiceHealthTable {
  /** Services whose check is due. Of several processes one gets each, and nobody gets it again before `againInMs`. */
  claim(query: { readonly limit: number; readonly againInMs: number }): Promise<readonly number[]>;
  /**
   * Stores what was found, tells of a change of the status, and of the `alertAfter`th failure in a row and the recovery from it. One
   * without a probe (`isProbe: false`: the service is stopped) is no part of the history, and no failure.
   */
  note(
    serviceId: number,
    check: ServiceCheck,
    options: { readonly alertAfter: number; readonly isProbe: boolean },
  ): Promise<void>;
  find(serviceIds: readonly number[]): Promise<ReadonlyMap<number, ServiceHealth>>;
  /** Newest first. */
  checks(serviceId: number, limit: number): Promise<readonly ServiceCheck[]>;
  /** In percent of the checks since then; a service without any is not there. */
  uptime(serviceIds: readonly number[], since: Date): Promise<ReadonlyMap<number, number>>;
  prune(before: Date): Promise<number>;
}

export function createServiceHealthTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): ServiceHealthTable {
  return {
    async claim({ limit, againInMs }) {
      const at = now();
      const nextAt = new Date(at.getTime() + againInMs).toISOString();
      const due = await db
        .selectFrom("service")
        .leftJoin("service_health", "service_health.service_id", "service.id")
        .select(["service.id", "service_health.next_at"])
        .where("service.status", "in", ["running", "stopped", "failed"])
        .where((where) =>
          where.or([
            where("service_health.next_at", "is", null),
            where("service_health.next_at", "<=", at.toISOString()),
          ]),
        )
        .orderBy("service_health.next_at")
        .orderBy("service.id")
        .limit(limit)
        .execute();
      const claimed: number[] = [];
      for (const { id, next_at } of due) {
        const won =
          next_at === null ? await insertFirst(id, nextAt) : await moveNext(id, { from: next_at, to: nextAt });
        if (won) claimed.push(id);
      }
      return claimed;
    },
    note: (serviceId, { status, at, latencyMs, reason }, { alertAfter, isProbe }) =>
      db.transaction().execute(async (transaction) => {
        const before = await transaction
          .selectFrom("service_health")
          .selectAll()
          .where("service_id", "=", serviceId)
          .executeTakeFirst();
        const service = await transaction
          .selectFrom("service")
          .select("name")
          .where("id", "=", serviceId)
          .executeTakeFirst();
        if (service === undefined) return; // it was removed meanwhile
        const checkedAt = at.toISOString();
        const failures = status === "down" && isProbe ? (before?.failures ?? 0) + 1 : 0;
        const isAlert = failures === alertAfter;
        const isRecovery = isProbe && status !== "down" && before?.alerted_at != null;
        const alertedAt = isAlert ? checkedAt : isRecovery ? null : (before?.alerted_at ?? null);
        const found = { latency_ms: latencyMs ?? null, reason: reason ?? null };
        const hasChanged = before === undefined || before.status !== status || before.checked_at === null;
        const row = {
          status,
          since: hasChanged ? checkedAt : before.since,
          checked_at: checkedAt,
          ...found,
          failures,
          alerted_at: alertedAt,
        };
        await transaction
          .insertInto("service_health")
          .values({ service_id: serviceId, ...row, next_at: checkedAt })
          .onConflict((conflict) => conflict.column("service_id").doUpdateSet(row))
          .execute();
        if (isProbe) {
          const check: ServiceCheckRow = {
            id: sortableId(checkedAt),
            service_id: serviceId,
            at: checkedAt,
            status,
            ...found,
          };
          await transaction.insertInto("service_check").values(check).execute();
        }
        const subject = `service:${serviceId}`;
        const data = { id: serviceId, name: service.name, status, ...(reason !== undefined && { reason }) };
        if (hasChanged) await addEvent(transaction, { type: "service:health", subject, data }, at);
        if (!isAlert && !isRecovery) return;
        const type = isAlert ? "service:alert" : "service:recovery";
        await addEvent(transaction, { type, subject, data }, at);
        await record(transaction, { action: type, subject, details: data });
      }),
    async find(serviceIds) {
      if (serviceIds.length === 0) return new Map();
      const rows = await db
        .selectFrom("service_health")
        .selectAll()
        .where("service_id", "in", [...serviceIds])
        .where("checked_at", "is not", null)
        .execute();
      return new Map(rows.map((row) => [row.service_id, toHealth(row)]));
    },
    async checks(serviceId, limit) {
      const rows = await db
        .selectFrom("service_check")
        .selectAll()
        .where("service_id", "=", serviceId)
        .orderBy("at", "desc")
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      return rows.map(({ status, at, latency_ms, reason }) => ({
        status: status as HealthStatus,
        at: new Date(at),
        ...shown({ latency_ms, reason }),
      }));
    },
    async uptime(serviceIds, since) {
      if (serviceIds.length === 0) return new Map();
      const rows = await db
        .selectFrom("service_check")
        .select(({ fn }) => ["service_id", "status", fn.countAll().as("count")])
        .where("service_id", "in", [...serviceIds])
        .where("at", ">=", since.toISOString())
        .groupBy(["service_id", "status"])
        .execute();
      const byService = Map.groupBy(rows, ({ service_id }) => service_id);
      const sum = (counted: typeof rows) => counted.reduce((total, { count }) => total + Number(count), 0);
      return new Map(
        [...byService].map(([id, counted]) => [
          id,
          (100 * sum(counted.filter(({ status }) => status !== "down"))) / sum(counted),
        ]),
      );
    },
    async prune(before) {
      const { numDeletedRows } = await db
        .deleteFrom("service_check")
        .where("at", "<", before.toISOString())
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };

  async function insertFirst(serviceId: number, nextAt: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows = 0n } = await db
      .insertInto("service_health")
      .values({
        service_id: serviceId,
        status: "unknown",
        since: now().toISOString(),
        checked_at: null,
        latency_ms: null,
        reason: null,
        failures: 0,
        alerted_at: null,
        next_at: nextAt,
      })
      .onConflict((conflict) => conflict.column("service_id").doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows > 0n;
  }

  async function moveNext(
    serviceId: number,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable("service_health")
      .set({ next_at: to })
      .where("service_id", "=", serviceId)
      .where("next_at", "=", from)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

function toHealth(row: ServiceHealthRow): ServiceHealth {
  return {
    serviceId: row.service_id,
    status: row.status as HealthStatus,
    since: new Date(row.since),
    failures: row.failures,
    ...shown(row),
    ...(row.checked_at !== null && { checkedAt: new Date(row.checked_at) }),
    ...(row.alerted_at !== null && { alertedAt: new Date(row.alerted_at) }),
  };
}

function shown({ latency_ms, reason }: Pick<ServiceCheckRow, "latency_ms" | "reason">) {
  return { ...(latency_ms !== null && { latencyMs: latency_ms }), ...(reason !== null && { reason }) };
}
