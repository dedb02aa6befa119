import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

/** What a job has to say for itself: for people, and no secret. */
export type JobLogEntry = { readonly at: Date; readonly step: string; readonly message: string };

/** Entries go with their jobs. */
export interface JobLog {
  /** Messages of more than 4,000 characters are cut off. A job that is tried again and again keeps its newest 500. */
  add(jobId: string, entry: Pick<JobLogEntry, "step" | "message">): Promise<void>;
  /** Oldest first. */
  list(jobId: string): Promise<readonly JobLogEntry[]>;
}

const maxEntries = 500;
const maxMessageLength = 4000;

export function createJobLog(db: Kysely<Schema>, now: () => Date): JobLog {
  return {
    add: (jobId, { step, message }) =>
      db.transaction().execute(async (transaction) => {
        const at = now().toISOString();
        const row = { id: sortableId(at), job_id: jobId, at, step, message: message.slice(0, maxMessageLength) };
        await transaction.insertInto("job_log").values(row).execute();
        const ofJob = transaction.selectFrom("job_log").where("job_id", "=", jobId).select("id");
        const oldest = await ofJob.orderBy("id", "desc").offset(maxEntries).limit(1).executeTakeFirst();
        if (oldest === undefined) return;
        await transaction.deleteFrom("job_log").where("job_id", "=", jobId).where("id", "<=", oldest.id).execute();
      }),
    async list(jobId) {
      const rows = await db.selectFrom("job_log").selectAll().where("job_id", "=", jobId).orderBy("id").execute();
      return rows.map(({ at, step, message }) => ({ at: new Date(at), step, message }));
    },
  };
}
