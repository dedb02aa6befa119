import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { activeJobStates, backupSubjectOf, beginBackup, type NewBackup } from "./backup-begin.ts";
import { toBackup } from "./backup-row.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { insertJob, type JobRecord } from "./job-table.ts";
import type { Schema } from "./schema.ts";

/** `deleting`: nothing can be read of it any more. */
export type BackupState = "running" | "completed" | "failed" | "deleting";

/** What could not be read, written or found as it should be. For people: never a secret. */
export type BackupProblem = {
  readonly bucket?: string;
  readonly key?: string;
  readonly code: string;
  readonly reason: string;
};

export type BackupCounts = {
  readonly buckets: number;
  /** Objects, or versions of them. */
  readonly objects: number;
  readonly sizeBytes: number;
  /** Of these, what an earlier backup had not stored. */
  readonly storedObjects: number;
  readonly storedBytes: number;
  /** Objects that changed, or went, while they were read. */
  readonly changed: number;
  readonly vanished: number;
  /** What could not be read. */
  readonly failures: number;
};

/** What a service held at some time. */
export type BackupRecord = {
  /** Sorts by time. */
  readonly id: string;
  readonly serviceId: number;
  /** As it was then. */
  readonly service: { readonly name: string; readonly slug: string; readonly engine: string };
  readonly destinationId: string;
  /** Where in the destination. */
  readonly folder: string;
  readonly scheduleId?: string;
  readonly state: BackupState;
  /** Something makes, verifies or deletes it. */
  readonly isBusy: boolean;
  readonly withVersions: boolean;
  readonly jobId?: string;
  readonly counts: BackupCounts;
  /** The first ones. */
  readonly problems: readonly BackupProblem[];
  /** SHA-256 of its manifest. */
  readonly manifestChecksum?: string;
  readonly verification?: {
    readonly at: Date;
    readonly isGood: boolean;
    readonly problems: readonly BackupProblem[];
  };
  readonly createdAt: Date;
  readonly finishedAt?: Date;
};

/** A part of a manifest. */
export type BackupChunk = {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly lines: number;
  /** Where whoever was cut off goes on. */
  readonly cursor: unknown;
};

export interface BackupTable {
  /** Throws `ServiceNotFound`, `ServiceNotRunning`, `DestinationNotFound`, and `SubjectBusy` while another one of the service is made or deleted. */
  begin(backup: NewBackup): Promise<BackupRecord>;
  find(id: string): Promise<BackupRecord | undefined>;
  /** Newest first; `before` is an id, exclusive. */
  list(query: {
    readonly before?: string | undefined;
    readonly limit: number;
    readonly serviceId?: number | undefined;
    readonly destinationId?: string | undefined;
    readonly scheduleId?: string | undefined;
    readonly folder?: string | undefined;
  }): Promise<readonly BackupRecord[]>;
  /** By number. */
  chunks(id: string): Promise<readonly BackupChunk[]>;
  /** False, and nothing is stored, when another process has gone on with the backup meanwhile. */
  addChunk(
    id: string,
    chunk: BackupChunk,
    state: { readonly counts: BackupCounts; readonly problems: readonly BackupProblem[] },
  ): Promise<boolean>;
  /** `running` is the only state that ends. */
  end(
    id: string,
    end:
      | { readonly state: "completed"; readonly manifestChecksum: string }
      | { readonly state: "failed"; readonly problems: readonly BackupProblem[] },
  ): Promise<void>;
  /** Begins to read all of it again. Throws `BackupNotFound`, `BackupUnusable`, `BackupBusy`. */
  beginVerify(id: string): Promise<JobRecord>;
  noteVerification(
    id: string,
    verification: { readonly isGood: boolean; readonly problems: readonly BackupProblem[] },
  ): Promise<void>;
  /** From now on nobody reads it. With `forget` its destination is not asked. Throws `BackupNotFound`, and `BackupBusy` while it is made, verified, restored or downloaded. */
  beginDelete(id: string, options?: { readonly forget?: boolean }): Promise<JobRecord>;
  /** Its row and its chunks. What is gone is no error. */
  remove(id: string): Promise<void>;
  /** It stays at least so long. False when it is not one that can be read. */
  hold(id: string, until: Date): Promise<boolean>;
}

export function createBackupTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): BackupTable {
  const author = { actor, now, record };
  const subjectOf = (id: string) => `backup:${id}`;
  const write = <Result>(work: (transaction: Transaction<Schema>) => Promise<Result>) => db.transaction().execute(work);
  return {
    begin: (backup) => write((transaction) => beginBackup(transaction, backup, { ...author, mayQueue: false })),
    find: (id) => findBackup(db, id),
    async list({ before, limit, serviceId, destinationId, scheduleId, folder }) {
      let query = selectBackups(db).orderBy("backup.id", "desc").limit(limit);
      if (before !== undefined) query = query.where("backup.id", "<", before);
      if (serviceId !== undefined) query = query.where("backup.service_id", "=", serviceId);
      if (destinationId !== undefined) query = query.where("backup.destination_id", "=", destinationId);
      if (scheduleId !== undefined) query = query.where("backup.schedule_id", "=", scheduleId);
      if (folder !== undefined) query = query.where("backup.folder", "=", folder);
      return (await query.execute()).map(toBackup);
    },
    async chunks(id) {
      const query = db.selectFrom("backup_chunk").selectAll().where("backup_id", "=", id).orderBy("number");
      return (await query.execute()).map(({ backup_id: _, cursor, ...chunk }) => ({
        ...chunk,
        cursor: JSON.parse(cursor),
      }));
    },
    addChunk: (id, { cursor, ...chunk }, { counts, problems }) =>
      write(async (transaction) => {
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto("backup_chunk")
          .values({ backup_id: id, ...chunk, cursor: JSON.stringify(cursor) })
          .onConflict((conflict) => conflict.columns(["backup_id", "number"]).doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return false;
        await transaction
          .updateTable("backup")
          .set({ counts: JSON.stringify(counts), problems: JSON.stringify(problems) })
          .where("id", "=", id)
          .execute();
        return true;
      }),
    end: (id, end) =>
      write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("backup")
          .set({
            state: end.state,
            finished_at: now().toISOString(),
            ...(end.state === "completed"
              ? { manifest_checksum: end.manifestChecksum }
              : { problems: JSON.stringify(end.problems) }),
          })
          .where("id", "=", id)
          .where("state", "=", "running")
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return;
        await record(transaction, { action: `backup:${end.state}`, subject: subjectOf(id) });
      }),
    beginVerify: (id) =>
      write(async (transaction) => {
        const { state } = await lockIdle(transaction, id, { mayBeHeld: true });
        if (state !== "completed") {
          throw new ControlDatabaseError(
            "BackupUnusable",
            `Only a completed backup is verified: this one is ${state}.`,
          );
        }
        const job = await insertJob(
          transaction,
          { type: "backup:verify", subject: subjectOf(id), data: { backupId: id } },
          author,
        );
        await transaction.updateTable("backup").set({ job_id: job.id }).where("id", "=", id).execute();
        return job;
      }),
    async noteVerification(id, { isGood, problems }) {
      const verification = JSON.stringify({ at: now().toISOString(), isGood, problems });
      await db.updateTable("backup").set({ verification }).where("id", "=", id).execute();
    },
    beginDelete: (id, { forget = false } = {}) =>
      write(async (transaction) => {
        const { serviceId } = await lockIdle(transaction, id, { mayBeHeld: false });
        const subject = backupSubjectOf(serviceId);
        const job = await insertJob(
          transaction,
          { type: "backup:delete", subject, data: { backupId: id, forget } },
          author,
        );
        await transaction
          .updateTable("backup")
          .set({ job_id: job.id, state: "deleting" })
          .where("id", "=", id)
          .execute();
        await record(transaction, { action: "backup:delete", subject: subjectOf(id) });
        return job;
      }),
    remove: (id) =>
      write(async (transaction) => {
        await transaction.deleteFrom("backup_chunk").where("backup_id", "=", id).execute();
        const { numDeletedRows } = await transaction.deleteFrom("backup").where("id", "=", id).executeTakeFirst();
        if (numDeletedRows > 0n) await record(transaction, { action: "backup:remove", subject: subjectOf(id) });
      }),
    async hold(id, until) {
      const { numUpdatedRows } = await db
        .updateTable("backup")
        .set({ held_until: until.toISOString() })
        .where("id", "=", id)
        .where("state", "=", "completed")
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };

  /** Of two that come at once, the second sees what the first has begun. */
  async function lockIdle(
    transaction: Transaction<Schema>,
    id: string,
    { mayBeHeld }: { readonly mayBeHeld: boolean },
  ): Promise<BackupRecord> {
    const { backup, heldUntil } = await lockBackup(transaction, id);
    if (backup.isBusy) {
      throw new ControlDatabaseError("BackupBusy", `The job ${backup.jobId ?? ""} of this backup has not ended.`);
    }
    if (mayBeHeld) return backup;
    if (heldUntil !== undefined && heldUntil > now()) {
      throw new ControlDatabaseError("BackupBusy", "Somebody downloads this backup.");
    }
    const restore = await transaction
      .selectFrom("restore")
      .innerJoin("job", "job.id", "restore.job_id")
      .select("restore.id")
      .where("restore.backup_id", "=", id)
      .where("job.state", "in", activeJobStates)
      .executeTakeFirst();
    if (restore === undefined) return backup;
    throw new ControlDatabaseError("BackupBusy", `The restore ${restore.id} of this backup has not ended.`);
  }
}

export function selectBackups(db: Kysely<Schema>) {
  return db
    .selectFrom("backup")
    .leftJoin("job", "job.id", "backup.job_id")
    .selectAll("backup")
    .select("job.state as job_state");
}

async function findBackup(db: Kysely<Schema>, id: string): Promise<BackupRecord | undefined> {
  const row = await selectBackups(db).where("backup.id", "=", id).executeTakeFirst();
  return row && toBackup(row);
}

/** Throws `BackupNotFound`. */
export async function lockBackup(
  transaction: Transaction<Schema>,
  id: string,
): Promise<{ readonly backup: BackupRecord; readonly heldUntil: Date | undefined }> {
  const row = await transaction
    .updateTable("backup")
    .set(({ ref }) => ({ folder: ref("folder") }))
    .where("id", "=", id)
    .returning("held_until")
    .executeTakeFirst();
  const backup = await findBackup(transaction, id);
  if (row === undefined || backup === undefined) {
    throw new ControlDatabaseError("BackupNotFound", "There is no such backup.");
  }
  return { backup, heldUntil: row.held_until === null ? undefined : new Date(row.held_until) };
}
