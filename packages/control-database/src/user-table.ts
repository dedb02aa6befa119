import { randomBytes } from "node:crypto";
import { type Kysely, sql, type Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { raiseRevision } from "./revision.ts";
import type { Schema, UserRow } from "./schema.ts";

export type UserRole = "admin" | "member" | "viewer";

/** Somebody who signs in to the control plane; no S3 account. */
export type UserRecord = {
  readonly id: string;
  /** Lower case. */
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
  /** False: they sign in with an identity provider, which also says their role. */
  readonly hasPassword: boolean;
  /** Grows with each change: what an ETag is made of. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly disabledAt?: Date;
};

export type NewUser = Pick<UserRecord, "email" | "name" | "role" | "createdAt"> & {
  /** A PHC string; never the password. */
  readonly passwordHash: string;
};

export type UserChange = {
  readonly name?: string | undefined;
  readonly role?: UserRole | undefined;
  readonly passwordHash?: string | undefined;
  /** Since when; null: not any more. */
  readonly disabledAt?: Date | null | undefined;
};

/** Instead of a hash, for those who have no password. */
export const noPassword = "";

export interface UserTable {
  /** Throws `UserExists` for an address that is taken, and with `onlyFirst` for any but the very first user. */
  insert(user: NewUser, options?: { readonly onlyFirst?: boolean }): Promise<UserRecord>;
  find(id: string): Promise<UserRecord | undefined>;
  /** By e-mail address, with the hash of the password. Undefined for those who have none. */
  credentialsOf(email: string): Promise<{ readonly user: UserRecord; readonly passwordHash: string } | undefined>;
  /** By id; `after` is exclusive. */
  list(query: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly UserRecord[]>;
  count(): Promise<number>;
  /** Those who may sign in and decide about everything. */
  countAdmins(): Promise<number>;
  /**
   * A new password, and being disabled, end the sessions of the user in the same transaction. Throws `UserNotFound`, `UserChanged` when
   * `ifRevision` is not the present one, and `LastAdmin` when no admin would be left who can sign in.
   */
  change(id: string, change: UserChange, options?: { readonly ifRevision?: number | undefined }): Promise<UserRecord>;
  /** The same password, hashed otherwise; false when it was changed meanwhile. */
  rehash(id: string, before: string, after: string): Promise<boolean>;
  /** With the sessions and tokens of the user. Throws `UserNotFound`, `UserChanged` and `LastAdmin`. */
  remove(id: string, options?: { readonly ifRevision?: number | undefined }): Promise<void>;
}

export function createUserTable(db: Kysely<Schema>, record: RecordChange): UserTable {
  return {
    insert: ({ email, name, role, passwordHash, createdAt }, { onlyFirst = false } = {}) =>
      db.transaction().execute(async (transaction) => {
        await raiseRevision(transaction); // locks the row, so that of two first users one is the first
        if (onlyFirst && (await countOf(transaction)) > 0) {
          throw new ControlDatabaseError("UserExists", "There is a user already.");
        }
        const row: UserRow = {
          id: randomBytes(8).toString("hex"),
          email: email.toLowerCase(),
          name,
          role,
          password_hash: passwordHash,
          revision: 1,
          created_at: createdAt.toISOString(),
          disabled_at: null,
        };
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto("user")
          .values(row)
          .onConflict((conflict) => conflict.column("email").doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) {
          throw new ControlDatabaseError("UserExists", "There is a user with this e-mail address.");
        }
        await record(transaction, { action: "user:create", subject: `user:${row.id}`, details: { email, name, role } });
        return toUser(row);
      }),
    async find(id) {
      const row = await db.selectFrom("user").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toUser(row);
    },
    async credentialsOf(email) {
      const found = db.selectFrom("user").selectAll().where("email", "=", email.toLowerCase());
      const row = await found.where("password_hash", "!=", noPassword).executeTakeFirst();
      return row && { user: toUser(row), passwordHash: row.password_hash };
    },
    async list({ after, limit }) {
      let query = db.selectFrom("user").selectAll().orderBy("id").limit(limit);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toUser);
    },
    count: () => countOf(db),
    countAdmins: () => adminsBeside(db, ""),
    change: (id, change, { ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        const before = await lock(transaction, id, ifRevision);
        const { name, role, passwordHash, disabledAt } = change;
        const after: UserRow = {
          ...before,
          ...(name !== undefined && { name }),
          ...(role !== undefined && { role }),
          ...(passwordHash !== undefined && { password_hash: passwordHash }),
          ...(disabledAt !== undefined && { disabled_at: disabledAt?.toISOString() ?? null }),
          revision: before.revision + 1,
        };
        if (isActiveAdmin(before) && !isActiveAdmin(after)) await keepOneAdmin(transaction, id);
        await transaction.updateTable("user").set(after).where("id", "=", id).execute();
        if (passwordHash !== undefined || after.disabled_at !== null) {
          await transaction.deleteFrom("session").where("user_id", "=", id).execute();
        }
        const details = { name, role, disabledAt, ...(passwordHash !== undefined && { isPasswordChanged: true }) };
        await record(transaction, { action: "user:change", subject: `user:${id}`, details });
        return toUser(after);
      }),
    async rehash(id, before, after) {
      const { numUpdatedRows } = await db
        .updateTable("user")
        .set({ password_hash: after })
        .where("id", "=", id)
        .where("password_hash", "=", before)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    remove: (id, { ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        const before = await lock(transaction, id, ifRevision);
        if (isActiveAdmin(before)) await keepOneAdmin(transaction, id);
        await transaction.deleteFrom("session").where("user_id", "=", id).execute();
        await transaction.deleteFrom("api_token").where("user_id", "=", id).execute();
        await transaction.deleteFrom("user_identity").where("user_id", "=", id).execute();
        await transaction.deleteFrom("user").where("id", "=", id).execute();
        const details = { email: before.email };
        await record(transaction, { action: "user:remove", subject: `user:${id}`, details });
      }),
  };
}

/** One change of a user at a time: two admins who remove each other at the same moment must not both succeed. */
async function lock(transaction: Transaction<Schema>, id: string, ifRevision: number | undefined): Promise<UserRow> {
  await raiseRevision(transaction);
  const row = await transaction.selectFrom("user").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new ControlDatabaseError("UserNotFound", "There is no such user.");
  if (ifRevision !== undefined && row.revision !== ifRevision) {
    throw new ControlDatabaseError("UserChanged", "The user was changed meanwhile.");
  }
  return row;
}

function isActiveAdmin({ role, disabled_at }: UserRow): boolean {
  return role === "admin" && disabled_at === null;
}

async function keepOneAdmin(transaction: Transaction<Schema>, id: string): Promise<void> {
  if ((await adminsBeside(transaction, id)) > 0) return;
  throw new ControlDatabaseError("LastAdmin", "This is the last admin who can sign in.");
}

async function adminsBeside(db: Kysely<Schema>, id: string): Promise<number> {
  const { count } = await db
    .selectFrom("user")
    .select(sql<number>`count(*)`.as("count"))
    .where("role", "=", "admin")
    .where("disabled_at", "is", null)
    .where("id", "!=", id)
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function countOf(db: Kysely<Schema>): Promise<number> {
  const { count } = await db.selectFrom("user").select(sql<number>`count(*)`.as("count")).executeTakeFirstOrThrow();
  return Number(count);
}

/** Also for the tables that join it. */
export function toUser({
  id,
  email,
  name,
  role,
  password_hash,
  revision,
  created_at,
  disabled_at,
}: UserRow): UserRecord {
  return {
    id,
    email,
    name,
    role: role as UserRole, // only these tables write it
    hasPassword: password_hash !== noPassword,
    revision,
    createdAt: new Date(created_at),
    ...(disabled_at !== null && { disabledAt: new Date(disabled_at) }),
  };
}
