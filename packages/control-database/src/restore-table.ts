import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { backupSubjectOf } from "./backup-begin.ts";
import { type BackupProblem, lockBackup } from "./backup-table.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { insertJob, type JobRecord, refuseBusy } from "./job-table.ts";
import type { RestoreRow, Schema } from "./schema.ts";
import { insertService, type NewService, type ServiceInsertOptions } from "./service-table.ts";
import { sortableId } from "./sortable-id.ts";

export type RestoreMode = "in_place" | "new_service";

export type RestoreCounts = {
  readonly written: number;
  readonly writtenBytes: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly verified: number;
};

/** A backup that was brought back. */
export type RestoreRecord = {
  /** Sorts by time. */
  readonly id: string;
  readonly backupId: string;
  /** What it was brought to. */
  readonly serviceId: number;
  readonly mode: RestoreMode;
  readonly state: "running" | "completed" | "failed";
  readonly jobId: string;
  readonly counts: RestoreCounts;
  readonly problems: readonly BackupProblem[];
  readonly createdAt: Date;
  readonly finishedAt?: Date;
};

export type NewRestore = {
  readonly backupId: string;
  /** A service that is there, or the one to make. */
  readonly to:
    | { readonly serviceId: number }
    | { readonly service: NewService; readonly options?: Pick<ServiceInsertOptions, "container" | "seal"> };
  /** What the job is asked for, beside the ids. */
  readonly data: Readonly<Record<string, unknown>>;
};

export interface RestoreTable {
  /**
   * The row, its job, and the service that is made for it. Throws `BackupNotFound`, `BackupUnusable`, `ServiceNotFound`, `ServiceNotRunning`,
   * `ServiceExists`, and `SubjectBusy` while a backup of the service is made or deleted.
   */
  begin(restore: NewRestore): Promise<RestoreRecord & { readonly job: JobRecord }>;
  find(id: string): Promise<RestoreRecord | undefined>;
  /** Newest first; `before` is an id, exclusive. */
  list(query: {
    readonly before?: string | undefined;
    readonly limit: number;
    readonly serviceId?: number | undefined;
    readonly backupId?: string | undefined;
  }): Promise<readonly RestoreRecord[]>;
  note(id: string, counts: RestoreCounts): Promise<void>;
  end(
    id: string,
    end:
      | { readonly state: "completed"; readonly problems?: readonly BackupProblem[] }
      | { readonly state: "failed"; readonly problems: readonly BackupProblem[] },
  ): Promise<void>;
}

const none: RestoreCounts = { written: 0, writtenBytes: 0, unchanged: 0, deleted: 0, verified: 0 };

export function createRestoreTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): RestoreTable {
  const author = { actor, now, record };
  return {
    begin: ({ backupId, to, data }) =>
      db.transaction().execute(async (transaction) => {
        const { backup } = await lockBackup(transaction, backupId);
        if (backup.state !== "completed") {
          throw new ControlDatabaseError(
            "BackupUnusable",
            `Only a completed backup is restored: this one is ${backup.state}.`,
          );
        }
        const createdAt = now().toISOString();
        const id = sortableId(createdAt).replaceAll(/[^\da-z]/g, "");
        const target = await prepareTarget(transaction, to);
        const job = await insertJob(
          transaction,
          {
            type: "backup:restore",
            subject: target.subject,
            data: { ...data, restoreId: id, backupId, serviceId: target.serviceId, mode: target.mode },
          },
          author,
        );
        const row: RestoreRow = {
          id,
          backup_id: backupId,
          service_id: target.serviceId,
          mode: target.mode,
          state: "running",
          job_id: job.id,
          counts: JSON.stringify(none),
          problems: "[]",
          created_at: createdAt,
          finished_at: null,
        };
        await transaction.insertInto("restore").values(row).execute();
        const details = { restore: id, mode: target.mode, service: `service:${target.serviceId}` };
        await record(transaction, { action: "backup:restore", subject: `backup:${backupId}`, details });
        return { ...toRecord({ ...row, job_state: job.state }), job };
      }),
    async find(id) {
      const row = await selectRestores(db).where("restore.id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ before, limit, serviceId, backupId }) {
      let query = selectRestores(db).orderBy("restore.id", "desc").limit(limit);
      if (before !== undefined) query = query.where("restore.id", "<", before);
      if (serviceId !== undefined) query = query.where("restore.service_id", "=", serviceId);
      if (backupId !== undefined) query = query.where("restore.backup_id", "=", backupId);
      return (await query.execute()).map(toRecord);
    },
    async note(id, counts) {
      await db
        .updateTable("restore")
        .set({ counts: JSON.stringify(counts) })
        .where("id", "=", id)
        .execute();
    },
    end: (id, end) =>
      db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("restore")
          .set({
            state: end.state,
            finished_at: now().toISOString(),
            ...(end.problems !== undefined && { problems: JSON.stringify(end.problems) }),
          })
          .where("id", "=", id)
          .where("state", "=", "running")
          .executeTakeFirst();
        if (numUpdatedRows > 0n)
          await record(transaction, { action: `restore:${end.state}`, subject: `restore:${id}` });
      }),
  };

  async function prepareTarget(transaction: Transaction<Schema>, to: NewRestore["to"]) {
    if ("service" in to) {
      const { id: serviceId } = await insertService(transaction, to.service, to.options ?? {}, author);
      return { serviceId, subject: `service:${serviceId}`, mode: "new_service" as const };
    }
    const { serviceId } = to;
    const service = await transaction
      .updateTable("service")
      .set(({ ref }) => ({ revision: ref("revision") }))
      .where("id", "=", serviceId)
      .returning("status")
      .executeTakeFirst();
    if (service === undefined) throw new ControlDatabaseError("ServiceNotFound", "There is no such service.");
    if (service.status !== "running") {
      const message = `Only a running service is restored: this one is ${service.status}.`;
      throw new ControlDatabaseError("ServiceNotRunning", message);
    }
    const subject = backupSubjectOf(serviceId);
    await refuseBusy(transaction, subject);
    return { serviceId, subject, mode: "in_place" as const };
  }
}

function selectRestores(db: Kysely<Schema>) {
  return db
    .selectFrom("restore")
    .leftJoin("job", "job.id", "restore.job_id")
    .selectAll("restore")
    .select("job.state as job_state");
}

function toRecord(row: RestoreRow & { readonly job_state: string | null }): RestoreRecord {
  const hasEnded = row.state === "running" && !["waiting", "running", "undoing"].includes(row.job_state ?? "");
  const problems = JSON.parse(row.problems);
  return {
    id: row.id,
    backupId: row.backup_id,
    serviceId: row.service_id,
    mode: row.mode as RestoreMode,
    // Its job was called off, or ended without a word.
    state: hasEnded ? "failed" : (row.state as RestoreRecord["state"]),
    jobId: row.job_id,
    counts: JSON.parse(row.counts),
    problems: hasEnded ? [...problems, { code: "Cancelled", reason: "It was called off." }] : problems,
    createdAt: new Date(row.created_at),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  };
}
