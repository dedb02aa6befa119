import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { addEvent } from "./event-table.ts";
import type { JobRow, Schema } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

/** `undoing`: a step has failed for good, and what the steps before it have done is taken back. */
export type JobState = "waiting" | "running" | "undoing" | "completed" | "failed" | "cancelled";

/** Work that takes its time, or has to be done in steps that a crash must not tear apart. */
export type JobRecord = {
  readonly id: string;
  readonly type: string;
  readonly state: JobState;
  /** Who asked for it. */
  readonly actor: string;
  /** What it is about, `service:10`: of one subject only one job runs at a time. */
  readonly subject: string;
  /** What it was asked for, and what its steps have learned. Never a secret in plain. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The last step that was done. */
  readonly step?: string;
  readonly progress?: JobProgress;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly problem?: { readonly code: string; readonly detail: string };
  readonly attempts: number;
  /** Not before this. */
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
};

export type JobProgress = { readonly done: number; readonly total?: number; readonly message?: string };

export type NewJob = Pick<JobRecord, "type" | "subject" | "data"> & { readonly runAt?: Date };

/** What a step has changed. */
export type JobChange = Partial<
  Pick<JobRecord, "state" | "data" | "step" | "progress" | "result" | "problem" | "runAt" | "attempts">
>;

/** Which jobs are meant, by type. */
export type JobTypes = { readonly of?: readonly string[]; readonly except?: readonly string[] };

export interface JobTable {
  /** Throws `SubjectBusy` when another job of this subject has not ended, unless `mayQueue`: then it runs after that one. */
  create(job: NewJob, options?: { readonly mayQueue?: boolean }): Promise<JobRecord>;
  find(id: string): Promise<JobRecord | undefined>;
  /** Newest first; `before` is the id of a job, exclusive. */
  list(query: {
    readonly before?: string | undefined;
    readonly limit: number;
    readonly state?: JobState | undefined;
    readonly type?: string | undefined;
    readonly subject?: string | undefined;
  }): Promise<readonly JobRecord[]>;
  /** Takes the next job that is due and that nobody holds, oldest first. Of several processes one gets it. */
  claim(owner: string, leaseMs: number, which?: JobTypes): Promise<JobRecord | undefined>;
  /** False when somebody else has it by now: then nothing more may be done. */
  renew(id: string, owner: string, leaseMs: number): Promise<boolean>;
  /** Stores what a step has done, while the lease is held. False when it is not: nothing was stored. */
  save(id: string, owner: string, change: JobChange): Promise<boolean>;
  /** Gives the job back, or ends it. False as for `save`. */
  release(id: string, owner: string, change: JobChange): Promise<boolean>;
  /** False when it has begun, or is not there. */
  cancel(id: string): Promise<boolean>;
  /** Removes what ended before this. */
  prune(endedBefore: Date): Promise<number>;
}

const endStates: readonly JobState[] = ["completed", "failed", "cancelled"];

export function createJobTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): JobTable {
  const iso = (ms = 0) => new Date(now().getTime() + ms).toISOString();
  const held = (id: string, owner: string) => ({ id, owner });
  const store = async (
    { id, owner }: ReturnType<typeof held>,
    change: JobChange & { readonly releases: boolean },
  ): Promise<boolean> => {
    const { releases, ...fields } = change;
    const hasEnded = fields.state !== undefined && endStates.includes(fields.state);
    return await db.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable("job")
        .set({
          ...toRow(fields),
          ...(releases && { lease_owner: null, lease_until: null }),
          ...(hasEnded && { finished_at: iso() }),
        })
        .where("id", "=", id)
        .where("lease_owner", "=", owner)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await tell(transaction, id);
      return true;
    });
  };
  const tell = (transaction: Transaction<Schema>, id: string) => tellOfJob(transaction, id, now());

  return {
    create: ({ type, subject, data, runAt }, { mayQueue = false } = {}) =>
      db.transaction().execute(async (transaction) => {
        if (!mayQueue) await refuseBusy(transaction, subject);
        return await insertJob(transaction, { type, subject, data, ...(runAt && { runAt }) }, { actor, now, record });
      }),
    async find(id) {
      const row = await db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ before, limit, state, type, subject }) {
      let query = db.selectFrom("job").selectAll().orderBy("id", "desc").limit(limit);
      if (before !== undefined) query = query.where("id", "<", before);
      if (state !== undefined) query = query.where("state", "=", state);
      if (type !== undefined) query = query.where("type", "=", type);
      if (subject !== undefined) query = query.where("subject", "=", subject);
      return (await query.execute()).map(toRecord);
    },
    claim: (owner, leaseMs, { of, except = [] } = {}) =>
      db.transaction().execute(async (transaction) => {
        const at = iso();
        const due = await transaction
          .selectFrom("job")
          .selectAll()
          .where("state", "in", ["waiting", "running", "undoing"])
          .where("run_at", "<=", at)
          .$if(of !== undefined, (query) => query.where("type", "in", of ?? []))
          .$if(except.length > 0, (query) => query.where("type", "not in", except))
          .where((where) => where.or([where("lease_until", "is", null), where("lease_until", "<=", at)]))
          // Of one subject the oldest first, and no second one before the first has ended.
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom("job as other")
                  .select("other.id")
                  .whereRef("other.subject", "=", "job.subject")
                  .where((other) =>
                    other.or([
                      other.and([other("other.state", "=", "waiting"), other("other.id", "<", other.ref("job.id"))]),
                      other.and([
                        other("other.state", "in", ["running", "undoing"]),
                        other("other.id", "!=", other.ref("job.id")),
                      ]),
                    ]),
                  ),
              ),
            ),
          )
          .orderBy("run_at")
          .orderBy("id")
          .limit(1)
          .executeTakeFirst();
        if (due === undefined) return undefined;
        const state = due.state === "waiting" ? "running" : due.state;
        const attempts = due.attempts + 1;
        const { numUpdatedRows } = await transaction
          .updateTable("job")
          .set({ state, attempts, lease_owner: owner, lease_until: iso(leaseMs) })
          .where("id", "=", due.id)
          .where((where) => where.or([where("lease_until", "is", null), where("lease_until", "<=", at)]))
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return undefined;
        if (due.state === "waiting") await tell(transaction, due.id);
        return toRecord({ ...due, state, attempts });
      }),
    async renew(id, owner, leaseMs) {
      const { numUpdatedRows } = await db
        .updateTable("job")
        .set({ lease_until: iso(leaseMs) })
        .where("id", "=", id)
        .where("lease_owner", "=", owner)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    save: (id, owner, change) => store(held(id, owner), { ...change, releases: false }),
    release: (id, owner, change) => store(held(id, owner), { ...change, releases: true }),
    cancel: (id) =>
      db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("job")
          .set({ state: "cancelled", finished_at: iso() })
          .where("id", "=", id)
          .where("state", "=", "waiting")
          .where("lease_owner", "is", null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await record(transaction, { action: "job:cancel", subject: id });
        await tell(transaction, id);
        return true;
      }),
    prune: (endedBefore) =>
      db.transaction().execute(async (transaction) => {
        const before = endedBefore.toISOString();
        const old = transaction.selectFrom("job").select("id").where("finished_at", "<", before);
        await transaction.deleteFrom("job_log").where("job_id", "in", old).execute();
        const { numDeletedRows } = await transaction
          .deleteFrom("job")
          .where("finished_at", "<", before)
          .executeTakeFirst();
        return Number(numDeletedRows);
      }),
  };
}

/** In the transaction of what the job goes on with: both are there, or neither. */
export async function insertJob(
  transaction: Transaction<Schema>,
  { type, subject, data, runAt }: NewJob,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): Promise<JobRecord> {
  const createdAt = now().toISOString();
  const row: JobRow = {
    id: sortableId(createdAt).replaceAll(/[^\da-z]/g, ""),
    type,
    state: "waiting",
    actor,
    subject,
    data: JSON.stringify(data),
    step: null,
    progress: null,
    result: null,
    problem: null,
    attempts: 0,
    run_at: runAt?.toISOString() ?? createdAt,
    lease_owner: null,
    lease_until: null,
    created_at: createdAt,
    finished_at: null,
  };
  await transaction.insertInto("job").values(row).execute();
  await record(transaction, { action: "job:create", subject, details: { job: row.id, type } });
  await tellOfJob(transaction, row.id, now());
  return toRecord(row);
}

/** What those who watch are told: not what the job was asked for, nor what it answers. */
async function tellOfJob(transaction: Transaction<Schema>, id: string, now: Date): Promise<void> {
  const row = await transaction.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const { type, state, subject, step, progress, problem } = toRecord(row);
  const data = { id, type, state, subject, step, progress, problem };
  await addEvent(transaction, { type: "job", subject: `job:${id}`, data }, now);
}

/** Throws `SubjectBusy`. */
export async function refuseBusy(transaction: Transaction<Schema>, subject: string): Promise<void> {
  const busy = await transaction
    .selectFrom("job")
    .select(["id", "type"])
    .where("subject", "=", subject)
    .where("state", "in", ["waiting", "running", "undoing"])
    .executeTakeFirst();
  if (busy === undefined) return;
  throw new ControlDatabaseError("SubjectBusy", `The job ${busy.id} (${busy.type}) has not ended.`);
}

function toRow({ state, data, step, progress, result, problem, runAt, attempts }: JobChange) {
  return {
    ...(state !== undefined && { state }),
    ...(data !== undefined && { data: JSON.stringify(data) }),
    ...(step !== undefined && { step }),
    ...(progress !== undefined && { progress: JSON.stringify(progress) }),
    ...(result !== undefined && { result: JSON.stringify(result) }),
    ...(problem !== undefined && { problem: JSON.stringify(problem) }),
    ...(runAt !== undefined && { run_at: runAt.toISOString() }),
    ...(attempts !== undefined && { attempts }),
  };
}

function toRecord(row: JobRow): JobRecord {
  return {
    id: row.id,
    type: row.type,
    state: row.state as JobState,
    actor: row.actor,
    subject: row.subject,
    data: JSON.parse(row.data),
    attempts: row.attempts,
    runAt: new Date(row.run_at),
    createdAt: new Date(row.created_at),
    ...(row.step !== null && { step: row.step }),
    ...(row.progress !== null && { progress: JSON.parse(row.progress) }),
    ...(row.result !== null && { result: JSON.parse(row.result) }),
    ...(row.problem !== null && { problem: JSON.parse(row.problem) }),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  };
}
