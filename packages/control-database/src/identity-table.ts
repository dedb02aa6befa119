import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { raiseRevision } from "./revision.ts";
import type { Schema, UserRow } from "./schema.ts";
import { noPassword, toUser, type UserRecord } from "./user-table.ts";

/** Who somebody is to an identity provider: nothing else is theirs for ever, least of all an e-mail address. */
type IdentityId = { readonly issuer: string; readonly subject: string };

/** Somebody whom a provider has proven, and what it says of them. */
export type KnownIdentity = IdentityId & Pick<UserRecord, "email" | "name" | "role">;

/** Users who sign in with an identity provider. */
export interface IdentityTable {
  /**
   * The user of an identity, made when there is none, and as the provider has it now. Throws `UserDisabled`, and `UserExists` when somebody
   * else has the e-mail address. Nothing keeps the last admin: the provider says who is one.
   */
  admit(identity: KnownIdentity): Promise<UserRecord>;
  /** The provider gives them no role any more: ends their sessions, and revokes their tokens. False when there is no such user. */
  withdraw(identity: IdentityId): Promise<boolean>;
  /** False when this sign-in was completed before. */
  useOnce(signIn: { readonly idHash: string; readonly expiresAt: Date }): Promise<boolean>;
  /** Forgets sign-ins that nobody can complete any more. */
  prune(expiredBefore: Date): Promise<number>;
}

export function createIdentityTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): IdentityTable {
  return {
    async admit(identity) {
      const known = await find(db, identity);
      if (known !== undefined && known.disabled_at === null && isAs(known, identity)) return toUser(known);
      return db.transaction().execute(async (transaction) => {
        await raiseRevision(transaction); // locks the row, so that of two first sign-ins one makes the user
        const before = await find(transaction, identity);
        if (before === undefined) return toUser(await insert(transaction, identity, { now, record }));
        if (before.disabled_at !== null) throw new ControlDatabaseError("UserDisabled", "The user is disabled.");
        if (isAs(before, identity)) return toUser(before);
        return toUser(await update(transaction, before, { identity, record }));
      });
    },
    withdraw: (identity) =>
      db.transaction().execute(async (transaction) => {
        const user = await find(transaction, identity);
        if (user === undefined) return false;
        await raiseRevision(transaction);
        const sessions = transaction.deleteFrom("session").where("user_id", "=", user.id);
        const ended = await sessions.executeTakeFirst();
        const revoked = await transaction
          .updateTable("api_token")
          .set({ revoked_at: now().toISOString() })
          .where("user_id", "=", user.id)
          .where("revoked_at", "is", null)
          .executeTakeFirst();
        const details = { sessions: Number(ended.numDeletedRows), tokens: Number(revoked.numUpdatedRows) };
        await record(transaction, { action: "user:withdraw", subject: `user:${user.id}`, details });
        return true;
      }),
    async useOnce({ idHash, expiresAt }) {
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto("used_sign_in")
        .values({ id_hash: idHash, expires_at: expiresAt.toISOString() })
        .onConflict((conflict) => conflict.column("id_hash").doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows > 0n;
    },
    async prune(expiredBefore) {
      const expired = db.deleteFrom("used_sign_in").where("expires_at", "<=", expiredBefore.toISOString());
      return Number((await expired.executeTakeFirst()).numDeletedRows);
    },
  };
}

async function find(db: Kysely<Schema>, { issuer, subject }: IdentityId): Promise<UserRow | undefined> {
  return await db
    .selectFrom("user_identity")
    .innerJoin("user", "user.id", "user_identity.user_id")
    .selectAll("user")
    .where("user_identity.issuer", "=", issuer)
    .where("user_identity.subject", "=", subject)
    .executeTakeFirst();
}

function isAs(user: UserRow, { email, name, role }: KnownIdentity): boolean {
  return user.email === email.toLowerCase() && user.name === name && user.role === role;
}

async function insert(
  transaction: Transaction<Schema>,
  { issuer, subject, email, name, role }: KnownIdentity,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): Promise<UserRow> {
  await refuseTaken(transaction, email);
  const row: UserRow = {
    id: randomBytes(8).toString("hex"),
    email: email.toLowerCase(),
    name,
    role,
    password_hash: noPassword,
    revision: 1,
    created_at: now().toISOString(),
    disabled_at: null,
  };
  await transaction.insertInto("user").values(row).execute();
  await transaction.insertInto("user_identity").values({ issuer, subject, user_id: row.id }).execute();
  const details = { email, name, role, issuer, subject };
  await record(transaction, { action: "user:create", subject: `user:${row.id}`, details });
  return row;
}

async function update(
  transaction: Transaction<Schema>,
  before: UserRow,
  { identity: { email, name, role }, record }: { readonly identity: KnownIdentity; readonly record: RecordChange },
): Promise<UserRow> {
  const row: UserRow = { ...before, email: email.toLowerCase(), name, role, revision: before.revision + 1 };
  if (row.email !== before.email) await refuseTaken(transaction, email);
  await transaction.updateTable("user").set(row).where("id", "=", row.id).execute();
  const details = { email, name, role };
  await record(transaction, { action: "user:change", subject: `user:${row.id}`, details });
  return row;
}

/** An address proves nothing here: who has the same one is not taken for the user who is there. */
async function refuseTaken(transaction: Transaction<Schema>, email: string): Promise<void> {
  const query = transaction.selectFrom("user").select("id").where("email", "=", email.toLowerCase());
  if ((await query.executeTakeFirst()) === undefined) return;
  throw new ControlDatabaseError("UserExists", "There is a user with this e-mail address.");
}
