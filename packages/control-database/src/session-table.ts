import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import type { Schema } from "./schema.ts";
import { noPassword, toUser, type UserRecord } from "./user-table.ts";

/** Somebody who is signed in. What the browser holds is not kept. */
export type SessionRecord = {
  readonly idHash: string;
  readonly user: UserRecord;
  readonly createdAt: Date;
  readonly expiresAt: Date;
};

export type NewSession = Pick<SessionRecord, "idHash" | "createdAt" | "expiresAt"> & {
  readonly userId: string;
  /** What the password was compared with; undefined for who comes from an identity provider. */
  readonly passwordHash: string | undefined;
};

export interface SessionTable {
  /** False when the user was disabled, removed or got another password meanwhile. */
  create(session: NewSession): Promise<boolean>;
  /** Undefined when it has ended, or its user is disabled. */
  find(idHash: string, at: Date): Promise<SessionRecord | undefined>;
  extend(idHash: string, expiresAt: Date): Promise<void>;
  remove(idHash: string): Promise<void>;
  /** Removes what ended before this. */
  prune(endedBefore: Date): Promise<number>;
}

export function createSessionTable(db: Kysely<Schema>, record: RecordChange): SessionTable {
  return {
    create: ({ idHash, userId, passwordHash, createdAt, expiresAt }) =>
      db.transaction().execute(async (transaction) => {
        const expected = passwordHash ?? noPassword;
        const user = await transaction
          .updateTable("user") // locks the row: whoever ends the sessions of this user comes before or after
          .set({ password_hash: expected })
          .where("id", "=", userId)
          .where("password_hash", "=", expected)
          .where("disabled_at", "is", null)
          .executeTakeFirst();
        if (user.numUpdatedRows === 0n) return false;
        await transaction
          .insertInto("session")
          .values({
            id_hash: idHash,
            user_id: userId,
            created_at: createdAt.toISOString(),
            expires_at: expiresAt.toISOString(),
          })
          .execute();
        const details = { with: passwordHash === undefined ? "provider" : "password" };
        await record(transaction, { action: "session:create", subject: `user:${userId}`, details });
        return true;
      }),
    async find(idHash, at) {
      const row = await db
        .selectFrom("session")
        .innerJoin("user", "user.id", "session.user_id")
        .selectAll("user")
        .select(["session.created_at as began_at", "session.expires_at"])
        .where("session.id_hash", "=", idHash)
        .where("session.expires_at", ">", at.toISOString())
        .where("user.disabled_at", "is", null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { began_at, expires_at, ...user } = row;
      return { idHash, user: toUser(user), createdAt: new Date(began_at), expiresAt: new Date(expires_at) };
    },
    async extend(idHash, expiresAt) {
      const expires_at = expiresAt.toISOString();
      await db.updateTable("session").set({ expires_at }).where("id_hash", "=", idHash).execute();
    },
    remove: (idHash) =>
      db.transaction().execute(async (transaction) => {
        const found = transaction.selectFrom("session").select("user_id").where("id_hash", "=", idHash);
        const session = await found.executeTakeFirst();
        if (session === undefined) return;
        await transaction.deleteFrom("session").where("id_hash", "=", idHash).execute();
        await record(transaction, { action: "session:remove", subject: `user:${session.user_id}` });
      }),
    async prune(endedBefore) {
      const ended = db.deleteFrom("session").where("expires_at", "<=", endedBefore.toISOString());
      return Number((await ended.executeTakeFirst()).numDeletedRows);
    },
  };
}
