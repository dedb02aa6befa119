import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import type { ApiTokenRow, Schema } from "./schema.ts";

/** A token of the REST API. The token itself is not kept. */
export type ApiTokenRecord = {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly string[];
  /** Whose it is; undefined for the administrator token of the first start. */
  readonly userId?: string;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  /** Written now and then. */
  readonly lastUsedAt?: Date;
};

export type NewApiToken = Omit<ApiTokenRecord, "id" | "revokedAt" | "lastUsedAt"> & {
  /** SHA-256 of the token, in hex: it is random, so that nothing slower is needed. */
  readonly tokenHash: string;
};

export interface ApiTokenTable {
  insert(token: NewApiToken): Promise<ApiTokenRecord>;
  findByHash(tokenHash: string): Promise<ApiTokenRecord | undefined>;
  /** Newest first; of one user, or of all. */
  list(query: { readonly userId?: string }): Promise<readonly ApiTokenRecord[]>;
  count(): Promise<number>;
  /** False when there is none, or it was revoked before. */
  revoke(id: string, at: Date): Promise<boolean>;
  noteUsed(id: string, at: Date): Promise<void>;
}

export function createApiTokenTable(db: Kysely<Schema>, record: RecordChange): ApiTokenTable {
  return {
    insert: ({ tokenHash, name, permissions, userId, createdAt, expiresAt }) =>
      db.transaction().execute(async (transaction) => {
        const row: ApiTokenRow = {
          id: randomBytes(8).toString("hex"),
          token_hash: tokenHash,
          name,
          permissions: JSON.stringify(permissions),
          user_id: userId ?? null,
          created_at: createdAt.toISOString(),
          expires_at: expiresAt?.toISOString() ?? null,
          revoked_at: null,
          last_used_at: null,
        };
        await transaction.insertInto("api_token").values(row).execute();
        await record(transaction, {
          action: "api-token:create",
          subject: row.id,
          details: { name, permissions, userId, expiresAt },
        });
        return toRecord(row);
      }),
    async findByHash(tokenHash) {
      const row = await db.selectFrom("api_token").selectAll().where("token_hash", "=", tokenHash).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ userId }) {
      let query = db.selectFrom("api_token").selectAll().orderBy("created_at", "desc").orderBy("id");
      if (userId !== undefined) query = query.where("user_id", "=", userId);
      return (await query.execute()).map(toRecord);
    },
    async count() {
      const { count } = await db
        .selectFrom("api_token")
        .select(({ fn }) => fn.countAll().as("count"))
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    revoke: (id, at) =>
      db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("api_token")
          .set({ revoked_at: at.toISOString() })
          .where("id", "=", id)
          .where("revoked_at", "is", null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await record(transaction, { action: "api-token:revoke", subject: id });
        return true;
      }),
    async noteUsed(id, at) {
      await db.updateTable("api_token").set({ last_used_at: at.toISOString() }).where("id", "=", id).execute();
    },
  };
}

function toRecord(row: ApiTokenRow): ApiTokenRecord {
  return {
    id: row.id,
    name: row.name,
    permissions: JSON.parse(row.permissions),
    createdAt: new Date(row.created_at),
    ...(row.user_id !== null && { userId: row.user_id }),
    ...(row.expires_at !== null && { expiresAt: new Date(row.expires_at) }),
    ...(row.revoked_at !== null && { revokedAt: new Date(row.revoked_at) }),
    ...(row.last_used_at !== null && { lastUsedAt: new Date(row.last_used_at) }),
  };
}
