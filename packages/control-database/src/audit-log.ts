import type { Kysely, Transaction } from "kysely";
import type { AuditRow, Schema } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

/** Somebody did something. Never holds a secret. */
export type AuditEntry = {
  /** Account, token or `system`. */
  readonly actor: string;
  /** `access-key:issue`, `secret:reveal`, … */
  readonly action: string;
  /** What it was done to. */
  readonly subject: string;
  /** Plain data. */
  readonly details?: Readonly<Record<string, unknown>>;
};

export type AuditRecord = Required<AuditEntry> & { readonly id: string; readonly at: Date };

/** Entries are added, and never changed; the database refuses to remove them, but for `prune`. */
export interface AuditLog {
  /** Resolves when the entry is stored: what must be on record does not happen before. */
  add(entry: AuditEntry): Promise<void>;
  /** Newest first; `before` is the id of an entry, exclusive. At most 1,000. */
  list(query?: {
    readonly action?: string | undefined;
    readonly actor?: string | undefined;
    readonly subject?: string | undefined;
    /** Inclusive. */
    readonly since?: Date | undefined;
    /** Exclusive. */
    readonly until?: Date | undefined;
    readonly before?: string | undefined;
    readonly limit?: number | undefined;
  }): Promise<readonly AuditRecord[]>;
  /** Removes what is older, and says so in an entry. How many went. */
  prune(before: Date): Promise<number>;
}

const maxPage = 1000;
const maxSubjectLength = 2048;
const prunedBefore = "audit_pruned_before";

export function createAuditLog(db: Kysely<Schema>, now: () => Date): AuditLog {
  return {
    async add(entry) {
      await db.insertInto("audit").values(toRow(entry, now())).execute();
    },
    async list({ action, actor, subject, since, until, before, limit = maxPage } = {}) {
      let query = db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(Math.min(limit, maxPage));
      if (action !== undefined) query = query.where("action", "=", action);
      if (actor !== undefined) query = query.where("actor", "=", actor);
      if (subject !== undefined) query = query.where("subject", "=", subject);
      if (before !== undefined) query = query.where("id", "<", before);
      // Ids begin with the time, and are what the rows are found by.
      if (since !== undefined) query = query.where("id", ">=", since.toISOString());
      if (until !== undefined) query = query.where("id", "<", until.toISOString());
      const rows = await query.execute();
      return rows.map(({ at, details, ...row }) => ({ ...row, at: new Date(at), details: JSON.parse(details) }));
    },
    prune: (before) =>
      db.transaction().execute(async (transaction) => {
        const value = before.toISOString();
        // The trigger lets rows go that are older than this.
        await transaction
          .insertInto("setting")
          .values({ name: prunedBefore, value })
          .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
          .execute();
        const { numDeletedRows } = await transaction.deleteFrom("audit").where("id", "<", value).executeTakeFirst();
        await transaction.deleteFrom("setting").where("name", "=", prunedBefore).execute();
        const count = Number(numDeletedRows);
        if (count > 0) {
          const entry = { actor: "system", action: "audit:prune", subject: "audit", details: { before, count } };
          await transaction.insertInto("audit").values(toRow(entry, now())).execute();
        }
        return count;
      }),
  };
}

/** Writes down what a transaction does: it happens with its record, or not at all. */
export type RecordChange = (transaction: Transaction<Schema>, entry: Omit<AuditEntry, "actor">) => Promise<void>;

export function createRecord(actor: string, now: () => Date): RecordChange {
  return async (transaction, entry) => {
    await transaction
      .insertInto("audit")
      .values(toRow({ ...entry, actor }, now()))
      .execute();
  };
}

function toRow({ actor, action, subject, details = {} }: AuditEntry, now: Date): AuditRow {
  const at = now.toISOString();
  return {
    id: sortableId(at),
    at,
    actor,
    action,
    subject: subject.slice(0, maxSubjectLength),
    details: JSON.stringify(details),
  };
}
