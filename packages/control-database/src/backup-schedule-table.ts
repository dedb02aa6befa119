import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { beginBackup, isMaking } from "./backup-begin.ts";
import type { BackupRecord } from "./backup-table.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import type { BackupScheduleRow, Schema } from "./schema.ts";

/** When a service is backed up by itself, to where, and for how long that is kept. */
export type BackupScheduleRecord = {
  readonly id: string;
  readonly name: string;
  readonly serviceId: number;
  readonly destinationId: string;
  /** Six fields, seconds first. */
  readonly cron: string;
  readonly timeZone: string;
  readonly withVersions: boolean;
  readonly retentionDays?: number;
  readonly retentionCount?: number;
  readonly isEnabled: boolean;
  /** Undefined while it is not enabled. */
  readonly nextAt?: Date;
  readonly lastAt?: Date;
  /** Why the last run was not begun. */
  readonly lastError?: string;
  /** Grows with each change by somebody. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type NewBackupSchedule = Omit<
  BackupScheduleRecord,
  "id" | "lastAt" | "lastError" | "revision" | "createdAt" | "updatedAt"
>;

/** Null takes a value away. */
export type BackupScheduleChange = {
  readonly [Name in
    | "name"
    | "destinationId"
    | "cron"
    | "timeZone"
    | "withVersions"
    | "retentionDays"
    | "retentionCount"
    | "isEnabled"
    | "nextAt"]?: BackupScheduleRecord[Name] | null;
};

export interface BackupScheduleTable {
  /** Throws `ScheduleExists`, `DestinationNotFound` and `ServiceNotFound`. */
  insert(schedule: NewBackupSchedule): Promise<BackupScheduleRecord>;
  find(id: string): Promise<BackupScheduleRecord | undefined>;
  /** By id; `after` is exclusive. */
  list(query: {
    readonly after?: string | undefined;
    readonly limit: number;
    readonly serviceId?: number | undefined;
  }): Promise<readonly BackupScheduleRecord[]>;
  /** Throws `ScheduleNotFound`, `ScheduleExists`, `DestinationNotFound`, and `ScheduleChanged` when `ifRevision` is not the present one. */
  change(
    id: string,
    change: BackupScheduleChange,
    options?: { readonly ifRevision?: number },
  ): Promise<BackupScheduleRecord>;
  /** What it has made stays. Throws `ScheduleNotFound`. */
  remove(id: string): Promise<void>;
  /**
   * Begins the backup of one schedule that is due, and says when it is due again: exactly once, by however many processes. Undefined when
   * none is due. A run is left out, and that is noted, while the one before is being made or the service does not run.
   */
  beginDue(
    next: (schedule: BackupScheduleRecord) => Date | undefined,
  ): Promise<{ readonly schedule: BackupScheduleRecord; readonly backup?: BackupRecord } | undefined>;
}

export function createBackupScheduleTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): BackupScheduleTable {
  const subjectOf = (id: string) => `backup-schedule:${id}`;
  return {
    insert: (schedule) =>
      db.transaction().execute(async (transaction) => {
        await refuseTaken(transaction, schedule.name);
        await requireParties(transaction, schedule);
        const at = now().toISOString();
        const id = randomBytes(8).toString("hex");
        const row: BackupScheduleRow = {
          id,
          name: schedule.name,
          service_id: schedule.serviceId,
          destination_id: schedule.destinationId,
          cron: schedule.cron,
          time_zone: schedule.timeZone,
          with_versions: schedule.withVersions ? 1 : 0,
          retention_days: schedule.retentionDays ?? null,
          retention_count: schedule.retentionCount ?? null,
          is_enabled: schedule.isEnabled ? 1 : 0,
          next_at: schedule.nextAt?.toISOString() ?? null,
          last_at: null,
          last_error: null,
          revision: 1,
          created_at: at,
          updated_at: at,
        };
        await transaction.insertInto("backup_schedule").values(row).execute();
        await record(transaction, { action: "backup-schedule:create", subject: subjectOf(id), details: schedule });
        return toRecord(row);
      }),
    async find(id) {
      const row = await db.selectFrom("backup_schedule").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ after = "", limit, serviceId }) {
      let query = db.selectFrom("backup_schedule").selectAll().where("id", ">", after).orderBy("id").limit(limit);
      if (serviceId !== undefined) query = query.where("service_id", "=", serviceId);
      return (await query.execute()).map(toRecord);
    },
    change: (id, change, { ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        const before = await transaction
          .selectFrom("backup_schedule")
          .selectAll()
          .where("id", "=", id)
          .executeTakeFirst();
        if (before === undefined) throw notFound();
        if (ifRevision !== undefined && before.revision !== ifRevision) throw changed();
        if (change.name != null && change.name !== before.name) await refuseTaken(transaction, change.name);
        const row = { ...before, ...toRow(change), revision: before.revision + 1, updated_at: now().toISOString() };
        if (change.destinationId != null) {
          await requireParties(transaction, { serviceId: row.service_id, destinationId: row.destination_id });
        }
        const { numUpdatedRows } = await transaction
          .updateTable("backup_schedule")
          .set(row)
          .where("id", "=", id)
          .where("revision", "=", before.revision)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw changed();
        await record(transaction, { action: "backup-schedule:change", subject: subjectOf(id), details: change });
        return toRecord(row);
      }),
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        const query = transaction.deleteFrom("backup_schedule").where("id", "=", id);
        if ((await query.executeTakeFirst()).numDeletedRows === 0n) throw notFound();
        await record(transaction, { action: "backup-schedule:remove", subject: subjectOf(id) });
      }),
    beginDue: (next) =>
      db.transaction().execute(async (transaction) => {
        const at = now().toISOString();
        const due = await transaction
          .selectFrom("backup_schedule")
          .selectAll()
          .where("is_enabled", "=", 1)
          .where("next_at", "<=", at)
          .orderBy("next_at")
          .limit(1)
          .executeTakeFirst();
        if (due === undefined) return undefined;
        const schedule = toRecord(due);
        const lastError = await whyNotBegin(transaction, schedule);
        const { numUpdatedRows } = await transaction
          .updateTable("backup_schedule")
          .set({ next_at: next(schedule)?.toISOString() ?? null, last_at: at, last_error: lastError ?? null })
          .where("id", "=", due.id)
          .where("next_at", "=", due.next_at)
          .where("revision", "=", due.revision)
          .executeTakeFirst();
        // Another process was faster: it has begun it.
        if (numUpdatedRows === 0n) return { schedule };
        if (lastError !== undefined) {
          await record(transaction, {
            action: "backup-schedule:leave-out",
            subject: subjectOf(due.id),
            details: { reason: lastError },
          });
          return { schedule };
        }
        const { serviceId, destinationId, withVersions } = schedule;
        const asked = { serviceId, destinationId, withVersions, scheduleId: due.id };
        return { schedule, backup: await beginBackup(transaction, asked, { actor, now, record, mayQueue: true }) };
      }),
  };
}

async function whyNotBegin(
  transaction: Transaction<Schema>,
  { id, serviceId }: BackupScheduleRecord,
): Promise<string | undefined> {
  if (await isMaking(transaction, { scheduleId: id })) return "The one before was still being made.";
  const query = transaction.selectFrom("service").select("status").where("id", "=", serviceId);
  const status = (await query.executeTakeFirst())?.status ?? "gone";
  return status === "running" ? undefined : `The service was ${status}.`;
}

async function requireParties(
  transaction: Transaction<Schema>,
  { serviceId, destinationId }: Pick<BackupScheduleRecord, "serviceId" | "destinationId">,
): Promise<void> {
  const service = transaction.selectFrom("service").select("id").where("id", "=", serviceId);
  if ((await service.executeTakeFirst()) === undefined) {
    throw new ControlDatabaseError("ServiceNotFound", "There is no such service.");
  }
  const destination = transaction.selectFrom("backup_destination").select("id").where("id", "=", destinationId);
  if ((await destination.executeTakeFirst()) === undefined) {
    throw new ControlDatabaseError("DestinationNotFound", "There is no such destination.");
  }
}

async function refuseTaken(transaction: Transaction<Schema>, name: string): Promise<void> {
  const query = transaction.selectFrom("backup_schedule").select("id").where("name", "=", name);
  if ((await query.executeTakeFirst()) === undefined) return;
  throw new ControlDatabaseError("ScheduleExists", "A schedule of this name exists already.");
}

function toRow(change: BackupScheduleChange): Partial<BackupScheduleRow> {
  const { name, destinationId, cron, timeZone, withVersions, retentionDays, retentionCount, isEnabled, nextAt } =
    change;
  return {
    ...(name != null && { name }),
    ...(destinationId != null && { destination_id: destinationId }),
    ...(cron != null && { cron }),
    ...(timeZone != null && { time_zone: timeZone }),
    ...(withVersions != null && { with_versions: withVersions ? 1 : 0 }),
    ...(retentionDays !== undefined && { retention_days: retentionDays }),
    ...(retentionCount !== undefined && { retention_count: retentionCount }),
    ...(isEnabled != null && { is_enabled: isEnabled ? 1 : 0 }),
    ...(nextAt !== undefined && { next_at: nextAt?.toISOString() ?? null }),
  };
}

function toRecord(row: BackupScheduleRow): BackupScheduleRecord {
  return {
    id: row.id,
    name: row.name,
    serviceId: row.service_id,
    destinationId: row.destination_id,
    cron: row.cron,
    timeZone: row.time_zone,
    withVersions: row.with_versions === 1,
    isEnabled: row.is_enabled === 1,
    revision: row.revision,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.retention_days !== null && { retentionDays: row.retention_days }),
    ...(row.retention_count !== null && { retentionCount: row.retention_count }),
    ...(row.next_at !== null && { nextAt: new Date(row.next_at) }),
    ...(row.last_at !== null && { lastAt: new Date(row.last_at) }),
    ...(row.last_error !== null && { lastError: row.last_error }),
  };
}

function notFound(): ControlDatabaseError {
  return new ControlDatabaseError("ScheduleNotFound", "There is no such schedule.");
}

function changed(): ControlDatabaseError {
  return new ControlDatabaseError("ScheduleChanged", "Somebody else has changed the schedule.");
}
