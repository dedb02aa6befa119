import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { addEvent } from "./event-table.ts";
import type { ContainerWatchRow, Schema } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

/** What is known of the container of a service beyond what Docker says of it at a moment. */
export type ContainerWatch = {
  readonly serviceId: number;
  /** Fields that were not limited as configured when last looked at. */
  readonly drift: readonly string[];
  /** How often something in it was killed for want of memory. */
  readonly oomCount: number;
  readonly lastOomAt?: Date;
  /** Somebody has seen those up to then. */
  readonly oomAcknowledgedAt?: Date;
};

/** What a look at a container has found. */
export type ContainerObservation = {
  readonly containerId: string;
  readonly restartCount: number;
  readonly drift: readonly string[];
};

/** Something that the engine has told. */
export type ContainerHappening = {
  readonly containerId: string;
  readonly kind: "destroy" | "die" | "health" | "oom" | "start" | "stop" | "update";
  readonly at: Date;
  readonly exitCode?: number;
  readonly health?: string;
};

/** Several processes may write the same here: what is told twice counts once. */
export interface ContainerWatchTable {
  find(serviceIds: readonly number[]): Promise<ReadonlyMap<number, ContainerWatch>>;
  /** Counts restarts since the last look, and tells of a drift that has come or gone. */
  observe(serviceId: number, observation: ContainerObservation): Promise<void>;
  /** False when it is known already. */
  note(serviceId: number, happening: ContainerHappening): Promise<boolean>;
  /** The last of a kind. */
  lastOf(serviceId: number, kind: ContainerHappening["kind"]): Promise<Date | undefined>;
  /** Restarts by Docker since then; a service without any is not there. */
  restarts(serviceIds: readonly number[], since: Date): Promise<ReadonlyMap<number, number>>;
  /** Nobody need be told of them again. */
  acknowledgeOom(serviceId: number): Promise<void>;
  prune(before: Date): Promise<number>;
}

const nothing = {
  container_id: null,
  restart_count: 0,
  drift: "",
  oom_count: 0,
  last_oom_at: null,
  oom_acknowledged_at: null,
};

export function createContainerWatchTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): ContainerWatchTable {
  /** With its row locked; undefined when the service is gone. */
  const lock = async (transaction: Transaction<Schema>, serviceId: number) => {
    const service = await transaction
      .selectFrom("service")
      .select("name")
      .where("id", "=", serviceId)
      .executeTakeFirst();
    if (service === undefined) return undefined;
    await transaction
      .insertInto("container_watch")
      .values({ service_id: serviceId, ...nothing })
      .onConflict((conflict) => conflict.column("service_id").doUpdateSet({ service_id: serviceId }))
      .execute();
    const row = await transaction
      .selectFrom("container_watch")
      .selectAll()
      .where("service_id", "=", serviceId)
      .executeTakeFirstOrThrow();
    return { row, name: service.name };
  };
  const change = (transaction: Transaction<Schema>, serviceId: number, changed: Partial<ContainerWatchRow>) =>
    transaction.updateTable("container_watch").set(changed).where("service_id", "=", serviceId).execute();

  return {
    async find(serviceIds) {
      if (serviceIds.length === 0) return new Map();
      const rows = await db
        .selectFrom("container_watch")
        .selectAll()
        .where("service_id", "in", [...serviceIds])
        .execute();
      return new Map(rows.map((row) => [row.service_id, toWatch(row)]));
    },
    async observe(serviceId, { containerId, restartCount, drift }) {
      const seen = { container_id: containerId, restart_count: restartCount, drift: drift.join(",") };
      const known = await db
        .selectFrom("container_watch")
        .select(["container_id", "restart_count", "drift"])
        .where("service_id", "=", serviceId)
        .executeTakeFirst();
      const isSame = (row: Pick<ContainerWatchRow, keyof typeof seen>) =>
        row.container_id === containerId && row.restart_count === restartCount && row.drift === seen.drift;
      if (known !== undefined && isSame(known)) return; // nearly always: then nothing is written
      await db.transaction().execute(async (transaction) => {
        const locked = await lock(transaction, serviceId);
        if (locked === undefined || isSame(locked.row)) return;
        const { row, name } = locked;
        const at = now();
        // Docker begins to count anew when somebody starts it.
        const restarts = row.container_id === containerId ? Math.max(0, restartCount - row.restart_count) : 0;
        if (restarts > 0) {
          const event = { service_id: serviceId, kind: "restart", at: at.toISOString(), count: restarts };
          await transaction
            .insertInto("container_event")
            .values({ id: sortableId(event.at), ...event })
            .execute();
        }
        await change(transaction, serviceId, seen);
        if (row.drift === seen.drift) return;
        const data = { id: serviceId, name, drift: drift.length > 0, fields: drift };
        await addEvent(transaction, { type: "service:drift", subject: `service:${serviceId}`, data }, at);
      });
    },
    note: (serviceId, { containerId, kind, at, exitCode, health }) =>
      db.transaction().execute(async (transaction) => {
        const locked = await lock(transaction, serviceId);
        if (locked === undefined) return false;
        const time = at.toISOString();
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto("container_event")
          .values({
            id: `${time}-${containerId.slice(0, 12)}-${kind}`,
            service_id: serviceId,
            kind,
            at: time,
            count: 1,
          })
          .onConflict((conflict) => conflict.column("id").doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return false;
        const { row, name } = locked;
        const oomCount = row.oom_count + 1;
        if (kind === "oom") {
          const isLast = row.last_oom_at === null || row.last_oom_at < time;
          await change(transaction, serviceId, { oom_count: oomCount, ...(isLast && { last_oom_at: time }) });
        }
        const data = {
          id: serviceId,
          name,
          ...(kind === "oom" ? { oom_count: oomCount } : { event: kind }),
          ...(exitCode !== undefined && { exit_code: exitCode }),
          ...(health !== undefined && { health }),
        };
        const type = kind === "oom" ? "service:oom" : "service:container";
        await addEvent(transaction, { type, subject: `service:${serviceId}`, data }, at);
        return true;
      }),
    async lastOf(serviceId, kind) {
      const row = await db
        .selectFrom("container_event")
        .select("at")
        .where("service_id", "=", serviceId)
        .where("kind", "=", kind)
        .orderBy("at", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && new Date(row.at);
    },
    async restarts(serviceIds, since) {
      if (serviceIds.length === 0) return new Map();
      const rows = await db
        .selectFrom("container_event")
        .select(({ fn }) => ["service_id", fn.sum<number | string>("count").as("restarts")])
        .where("service_id", "in", [...serviceIds])
        .where("kind", "=", "restart")
        .where("at", ">=", since.toISOString())
        .groupBy("service_id")
        .execute();
      return new Map(rows.map(({ service_id, restarts }) => [service_id, Number(restarts)]));
    },
    acknowledgeOom: (serviceId) =>
      db.transaction().execute(async (transaction) => {
        const locked = await lock(transaction, serviceId);
        if (locked === undefined) return;
        const { oom_count: count, last_oom_at: lastAt } = locked.row;
        if (lastAt === null) return;
        await change(transaction, serviceId, { oom_acknowledged_at: lastAt });
        const subject = `service:${serviceId}`;
        await record(transaction, { action: "service:acknowledge-oom", subject, details: { count, lastAt } });
      }),
    async prune(before) {
      const { numDeletedRows } = await db
        .deleteFrom("container_event")
        .where("at", "<", before.toISOString())
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** What was seen and counted of a service goes with it. */
export async function removeWatched(transaction: Transaction<Schema>, serviceId: number): Promise<void> {
  for (const table of ["container_watch", "container_event", "service_metric", "alert_rule", "alert"] as const) {
    await transaction.deleteFrom(table).where("service_id", "=", serviceId).execute();
  }
}

function toWatch(row: ContainerWatchRow): ContainerWatch {
  return {
    serviceId: row.service_id,
    drift: row.drift === "" ? [] : row.drift.split(","),
    oomCount: row.oom_count,
    ...(row.last_oom_at !== null && { lastOomAt: new Date(row.last_oom_at) }),
    ...(row.oom_acknowledged_at !== null && { oomAcknowledgedAt: new Date(row.oom_acknowledged_at) }),
  };
}
