import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { raiseRevision } from "./revision.ts";
import type { AccountRow, Schema } from "./schema.ts";

/** Who owns buckets, objects and access keys. */
export type AccountRecord = {
  /** The canonical user id of S3: 1 to 128 visible ASCII characters, never used again. */
  readonly id: string;
  readonly displayName: string;
  /** In lower case; names the account in ACLs. */
  readonly email?: string;
  readonly createdAt: Date;
  /** Of all its buckets together: what would exceed it is refused. */
  readonly quotaBytes?: number;
  /** Since then none of its keys opens anything, and nobody reaches its buckets. They stay as they are. */
  readonly suspendedAt?: Date;
};

/** Null takes the quota away. */
export type AccountRules = { readonly quotaBytes?: number | null; readonly isSuspended?: boolean };

export interface AccountTable {
  /** Throws `AccountExists` when the id or the e-mail address is taken. */
  insert(account: AccountRecord): Promise<void>;
  /** Throws `AccountNotFound`, and `AccountExists` when the e-mail address is somebody else's. Without an address: it has none. */
  change(account: Pick<AccountRecord, "id" | "displayName" | "email">): Promise<void>;
  find(id: string): Promise<AccountRecord | undefined>;
  findByEmail(email: string): Promise<AccountRecord | undefined>;
  /** By id; `after` is exclusive. */
  list(query: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly AccountRecord[]>;
  /** Throws `AccountNotFound`, and `AccountInUse` while it has projects, services or access keys that are not revoked. Its revoked keys go with it. */
  remove(id: string): Promise<void>;
}

export function createAccountTable(db: Kysely<Schema>, record: RecordChange): AccountTable {
  return {
    insert: (account) =>
      db.transaction().execute(async (transaction) => {
        const row = toRow(account);
        if (await isTaken(transaction, row)) {
          throw exists();
        }
        await transaction.insertInto("account").values(row).execute();
        await record(transaction, {
          action: "account:create",
          subject: row.id,
          details: { displayName: row.display_name },
        });
        await raiseRevision(transaction);
      }),
    change: ({ id, displayName, email }) =>
      db.transaction().execute(async (transaction) => {
        const address = email?.toLowerCase() ?? null;
        if (address !== null) {
          const others = transaction
            .selectFrom("account")
            .select("id")
            .where("email", "=", address)
            .where("id", "!=", id);
          if ((await others.execute()).length > 0) throw exists();
        }
        const { numUpdatedRows } = await transaction
          .updateTable("account")
          .set({ display_name: displayName, email: address })
          .where("id", "=", id)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw notFound();
        await record(transaction, { action: "account:change", subject: id, details: { displayName } });
        await raiseRevision(transaction);
      }),
    async find(id) {
      const row = await db.selectFrom("account").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async findByEmail(email) {
      const query = db.selectFrom("account").selectAll().where("email", "=", email.toLowerCase());
      const row = await query.executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ after, limit }) {
      let query = db.selectFrom("account").selectAll().orderBy("id").limit(limit);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toRecord);
    },
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        const keys = transaction.selectFrom("access_key").select("access_key_id").where("owner_id", "=", id);
        if ((await keys.where("revoked_at", "is", null).limit(1).execute()).length > 0) {
          throw new ControlDatabaseError("AccountInUse", "The account has access keys: revoke them first.");
        }
        const projects = transaction.selectFrom("project").select("id").where("account_id", "=", id).limit(1);
        if ((await projects.execute()).length > 0) {
          throw new ControlDatabaseError("AccountInUse", "The account has projects: remove them first.");
        }
        const services = transaction.selectFrom("service").select("id").where("account_id", "=", id).limit(1);
        if ((await services.execute()).length > 0) {
          throw new ControlDatabaseError("AccountInUse", "The account has services: remove them first.");
        }
        await transaction.deleteFrom("access_key").where("owner_id", "=", id).execute();
        const { numDeletedRows } = await transaction.deleteFrom("account").where("id", "=", id).executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound();
        await record(transaction, { action: "account:remove", subject: id });
        await raiseRevision(transaction);
      }),
  };
}

async function isTaken(transaction: Transaction<Schema>, { id, email }: AccountRow): Promise<boolean> {
  const taken = await transaction
    .selectFrom("account")
    .select("id")
    .where((where) => where.or([where("id", "=", id), ...(email === null ? [] : [where("email", "=", email)])]))
    .limit(1)
    .execute();
  return taken.length > 0;
}

/** In the transaction of a change whose audit entry says so. Throws `AccountNotFound`. */
export async function changeRules(
  transaction: Transaction<Schema>,
  id: string,
  { quotaBytes, isSuspended, at }: AccountRules & { readonly at: Date },
): Promise<void> {
  const before = await transaction.selectFrom("account").selectAll().where("id", "=", id).executeTakeFirst();
  if (before === undefined) throw notFound();
  const suspendedAt = isSuspended === true ? (before.suspended_at ?? at.toISOString()) : null;
  const row = {
    ...(quotaBytes !== undefined && { quota_bytes: quotaBytes }),
    ...(isSuspended !== undefined && { suspended_at: suspendedAt }),
  };
  if (Object.keys(row).length === 0) return;
  await transaction.updateTable("account").set(row).where("id", "=", id).execute();
  await raiseRevision(transaction);
}

function toRow({ id, displayName, email, createdAt, quotaBytes, suspendedAt }: AccountRecord): AccountRow {
  return {
    id,
    display_name: displayName,
    email: email?.toLowerCase() ?? null,
    created_at: createdAt.toISOString(),
    quota_bytes: quotaBytes ?? null,
    suspended_at: suspendedAt?.toISOString() ?? null,
  };
}

function toRecord({ id, display_name, email, created_at, quota_bytes, suspended_at }: AccountRow): AccountRecord {
  return {
    id,
    displayName: display_name,
    createdAt: new Date(created_at),
    ...(email !== null && { email }),
    ...(quota_bytes !== null && { quotaBytes: Number(quota_bytes) }), // PostgreSQL gives a bigint as text
    ...(suspended_at !== null && { suspendedAt: new Date(suspended_at) }),
  };
}

function exists(): ControlDatabaseError {
  return new ControlDatabaseError("AccountExists", "An account with this id or e-mail address exists already.");
}

function notFound(): ControlDatabaseError {
  return new ControlDatabaseError("AccountNotFound", "There is no such account.");
}
