import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { holdRunningService } from "./hold-running-service.ts";
import { insertJob, type JobRecord, type NewJob, refuseBusy } from "./job-table.ts";
import { createMigrationObjects, type MigrationObjects } from "./migration-objects.ts";
import { type LinkMove, moveLinks } from "./move-links.ts";
import type { MigrationRow, Schema } from "./schema.ts";

export const migrationStates = [
  "planning",
  "planned",
  "copying",
  "switching",
  "completed",
  "failed",
  "cancelled",
  "rolling_back",
  "rolled_back",
] as const;
export type MigrationState = (typeof migrationStates)[number];

/** Everything of one service goes to another. */
export type MigrationRecord = {
  readonly id: string;
  readonly sourceId: number;
  readonly targetId: number;
  /** The job that works on it, or has. */
  readonly jobId: string;
  readonly actor: string;
  readonly state: MigrationState;
  /** Somebody wants it to end: what was done is taken back at the next occasion. */
  readonly isCancelled: boolean;
  /** Plain data; what is in these is its maker's business. No secrets. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly plan?: Readonly<Record<string, unknown>>;
  readonly report?: Readonly<Record<string, unknown>>;
  /** What links were before, for the way back. */
  readonly links?: readonly Readonly<Record<string, unknown>>[];
  readonly problem?: { readonly code: string; readonly detail: string };
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt?: Date;
};

export type NewMigration = Pick<MigrationRecord, "sourceId" | "targetId" | "options">;

export type MigrationChange = Partial<
  Pick<MigrationRecord, "state" | "plan" | "report" | "links" | "problem" | "finishedAt">
>;

export type JobOfMigration = (id: string) => Pick<NewJob, "type" | "data">;

export interface MigrationTable {
  /**
   * With the job that does it, whose subject is the source. Throws `ServiceNotFound`, `ServiceNotRunning` for a source or target that is not, and
   * `SubjectBusy` while another migration, or another job, works on one of them, or `maxAtOnce` others run.
   */
  create(
    migration: NewMigration,
    job: JobOfMigration,
    options: { readonly maxAtOnce: number },
  ): Promise<{ readonly migration: MigrationRecord; readonly job: JobRecord }>;
  find(id: string): Promise<MigrationRecord | undefined>;
  /** Newest first; `before` is the id of one, exclusive. */
  list(query: {
    readonly serviceId: number;
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly MigrationRecord[]>;
  /** One that has not ended, and that the service is part of. */
  findUnfinished(serviceId: number): Promise<MigrationRecord | undefined>;
  change(id: string, change: MigrationChange): Promise<MigrationRecord>;
  /** False when it has switched, or ended, already. */
  cancel(id: string): Promise<boolean>;
  /** A completed one goes back, by the job. Throws `SubjectBusy`, and `MigrationNotCompleted`. */
  beginRollback(id: string, job: JobOfMigration): Promise<JobRecord>;
  /** All of them, or none. Those that are there already, or gone, are left. Throws `LinkExists`, and `LinkChanged` for one that is not what it was. */
  moveLinks(moves: readonly LinkMove[]): Promise<void>;
  readonly objects: MigrationObjects;
}

const unfinished: readonly MigrationState[] = ["planning", "copying", "switching", "rolling_back"];

export function createMigrationTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): MigrationTable {
  const findBusy = (query: Kysely<Schema> | Transaction<Schema>, serviceId: number) =>
    query
      .selectFrom("service_migration")
      .selectAll()
      .where("state", "in", unfinished)
      .where((where) => where.or([where("source_id", "=", serviceId), where("target_id", "=", serviceId)]))
      .executeTakeFirst();
  return {
    create: ({ sourceId, targetId, options }, job, { maxAtOnce }) =>
      db.transaction().execute(async (transaction) => {
        for (const id of [sourceId, targetId].toSorted((a, b) => a - b)) {
          await holdRunningService(transaction, id);
          await refuseBusy(transaction, `service:${id}`);
          const busy = await findBusy(transaction, id);
          if (busy !== undefined) {
            throw new ControlDatabaseError("SubjectBusy", `The migration ${busy.id} of this service has not ended.`);
          }
        }
        const running = await transaction
          .selectFrom("service_migration")
          .select("id")
          .where("state", "in", unfinished)
          .execute();
        if (running.length >= maxAtOnce) {
          throw new ControlDatabaseError("SubjectBusy", `Only ${maxAtOnce} migrations run at once.`);
        }
        const at = now().toISOString();
        const id = `${at.replaceAll(/\D/g, "").slice(0, 17)}${randomBytes(6).toString("hex")}`;
        const subject = `service:${sourceId}`;
        await record(transaction, { action: "migration:create", subject, details: { id, targetId, options } });
        const begun = await insertJob(transaction, { ...job(id), subject }, { actor, now, record });
        const row: MigrationRow = {
          id,
          source_id: sourceId,
          target_id: targetId,
          job_id: begun.id,
          actor,
          state: "planning",
          is_cancelled: 0,
          options: JSON.stringify(options),
          plan: null,
          report: null,
          links: null,
          problem: null,
          created_at: at,
          updated_at: at,
          finished_at: null,
        };
        await transaction.insertInto("service_migration").values(row).execute();
        return { migration: toRecord(row), job: begun };
      }),
    async find(id) {
      const row = await db.selectFrom("service_migration").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ serviceId, before, limit }) {
      let query = db
        .selectFrom("service_migration")
        .selectAll()
        .where((where) => where.or([where("source_id", "=", serviceId), where("target_id", "=", serviceId)]))
        .orderBy("id", "desc")
        .limit(limit);
      if (before !== undefined) query = query.where("id", "<", before);
      return (await query.execute()).map(toRecord);
    },
    async findUnfinished(serviceId) {
      const row = await findBusy(db, serviceId);
      return row && toRecord(row);
    },
    change: (id, change) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable("service_migration")
          .set({ ...toRow(change), updated_at: now().toISOString() })
          .where("id", "=", id)
          .returningAll()
          .executeTakeFirstOrThrow();
        if (change.state !== undefined) {
          const details = { id, state: change.state };
          await record(transaction, { action: "migration:change", subject: `service:${row.source_id}`, details });
        }
        return toRecord(row);
      }),
    cancel: (id) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable("service_migration")
          .set({ is_cancelled: 1, updated_at: now().toISOString() })
          .where("id", "=", id)
          .where("state", "in", ["planning", "copying"])
          .returning("source_id")
          .executeTakeFirst();
        if (row === undefined) return false;
        await record(transaction, { action: "migration:cancel", subject: `service:${row.source_id}`, details: { id } });
        return true;
      }),
    beginRollback: (id, job) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable("service_migration")
          .set({ state: "rolling_back", finished_at: null, updated_at: now().toISOString() })
          .where("id", "=", id)
          .where("state", "=", "completed")
          .returning(["source_id", "target_id"])
          .executeTakeFirst();
        if (row === undefined) {
          throw new ControlDatabaseError("MigrationNotCompleted", "Only a migration that is completed goes back.");
        }
        for (const serviceId of [row.source_id, row.target_id]) {
          await holdRunningService(transaction, serviceId);
          await refuseBusy(transaction, `service:${serviceId}`);
        }
        const subject = `service:${row.source_id}`;
        await record(transaction, { action: "migration:rollback", subject, details: { id } });
        const begun = await insertJob(transaction, { ...job(id), subject }, { actor, now, record });
        await transaction.updateTable("service_migration").set({ job_id: begun.id }).where("id", "=", id).execute();
        return begun;
      }),
    moveLinks: (moves) => db.transaction().execute((transaction) => moveLinks(transaction, moves, { now, record })),
    objects: createMigrationObjects(db),
  };
}

function toRow({ state, plan, report, links, problem, finishedAt }: MigrationChange): Partial<MigrationRow> {
  return {
    ...(state !== undefined && { state }),
    ...(plan !== undefined && { plan: JSON.stringify(plan) }),
    ...(report !== undefined && { report: JSON.stringify(report) }),
    ...(links !== undefined && { links: JSON.stringify(links) }),
    ...(problem !== undefined && { problem: JSON.stringify(problem) }),
    ...(finishedAt !== undefined && { finished_at: finishedAt.toISOString() }),
  };
}

function toRecord(row: MigrationRow): MigrationRecord {
  return {
    id: row.id,
    sourceId: row.source_id,
    targetId: row.target_id,
    jobId: row.job_id,
    actor: row.actor,
    state: row.state as MigrationState,
    isCancelled: row.is_cancelled === 1,
    options: JSON.parse(row.options),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.plan !== null && { plan: JSON.parse(row.plan) }),
    ...(row.report !== null && { report: JSON.parse(row.report) }),
    ...(row.links !== null && { links: JSON.parse(row.links) }),
    ...(row.problem !== null && { problem: JSON.parse(row.problem) }),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  };
}
