import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

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

/** Entries are added, and never changed or removed: the database refuses that. */
export interface AuditLog {
  /** Resolves when the entry is stored: what must be on record does not happen before. */
  add(entry: AuditEntry): Promise<void>;
  /** Newest first; `before` is the id of an entry, exclusive. At most 1,000. */
  list(query?: {
    readonly action?: string;
    readonly actor?: string;
    readonly before?: string;
    readonly limit?: number;
  }): Promise<readonly AuditRecord[]>;
}

const maxPage = 1000;
const maxSubjectLength = 2048;

export function createAuditLog(db: Kysely<Schema>, now: () => Date): AuditLog {
  return {
    async add({ actor, action, subject, details = {} }) {
      const at = now().toISOString();
      const id = `${at}-${randomBytes(8).toString("hex")}`;
      const row = {
        id,
        at,
        actor,
        action,
        subject: subject.slice(0, maxSubjectLength),
        details: JSON.stringify(details),
      };
      await db.insertInto("audit").values(row).execute();
    },
    async list({ action, actor, before, limit = maxPage } = {}) {
      let query = db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(Math.min(limit, maxPage));
      if (action !== undefined) query = query.where("action", "=", action);
      if (actor !== undefined) query = query.where("actor", "=", actor);
      if (before !== undefined) query = query.where("id", "<", before);
      const rows = await query.execute();
      return rows.map(({ at, details, ...row }) => ({ ...row, at: new Date(at), details: JSON.parse(details) }));
    },
  };
}
