import type { SealedStore } from "@stave/credential-vault";
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";
import { sealedColumn } from "./sealed-column.ts";

/** What is known of a request that somebody may send again. */
export type IdempotencyState =
  | { readonly state: "begun" }
  /** The first request with this key has not ended. */
  | { readonly state: "running" }
  /** The key belongs to a request with other content. */
  | { readonly state: "other" }
  | { readonly state: "answered"; readonly envelope: string };

/** Answers of requests that create something, so that they can be given again. */
export interface IdempotencyTable {
  /** Of several processes one begins; what `leaseUntil` has passed for, or what has expired, begins anew. */
  begin(request: {
    readonly keyHash: string;
    readonly requestHash: string;
    /** Names who works on it. */
    readonly owner: string;
    readonly at: Date;
    readonly leaseUntil: Date;
    readonly expiresAt: Date;
  }): Promise<IdempotencyState>;
  renew(keyHash: string, owner: string, leaseUntil: Date): Promise<void>;
  /** Stores the answer, sealed for {@link contextOf}: it may hold a secret. */
  finish(keyHash: string, owner: string, envelope: string): Promise<void>;
  /** The request has failed: the same key may be used again. */
  drop(keyHash: string, owner: string): Promise<void>;
  /** Removes what expired before this. */
  prune(expiredBefore: Date): Promise<number>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
  contextOf(keyHash: string): readonly string[];
}

export function createIdempotencyTable(db: Kysely<Schema>): IdempotencyTable {
  const contextOf = (keyHash: string) => ["idempotency", "answer", keyHash];
  return {
    begin: ({ keyHash, requestHash, owner, at, leaseUntil, expiresAt }) =>
      db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom("idempotency").where("expires_at", "<=", at.toISOString()).execute();
        await transaction
          .deleteFrom("idempotency")
          .where("key_hash", "=", keyHash)
          .where("envelope", "is", null)
          .where("lease_until", "<=", at.toISOString())
          .execute();
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto("idempotency")
          .values({
            key_hash: keyHash,
            request_hash: requestHash,
            owner,
            envelope: null,
            lease_until: leaseUntil.toISOString(),
            expires_at: expiresAt.toISOString(),
          })
          .onConflict((conflict) => conflict.column("key_hash").doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows > 0n) return { state: "begun" };
        const row = await transaction
          .selectFrom("idempotency")
          .selectAll()
          .where("key_hash", "=", keyHash)
          .executeTakeFirst();
        if (row === undefined) return { state: "running" }; // it ended at this very moment
        if (row.request_hash !== requestHash) return { state: "other" };
        return row.envelope === null ? { state: "running" } : { state: "answered", envelope: row.envelope };
      }),
    async renew(keyHash, owner, leaseUntil) {
      await db
        .updateTable("idempotency")
        .set({ lease_until: leaseUntil.toISOString() })
        .where("key_hash", "=", keyHash)
        .where("owner", "=", owner)
        .execute();
    },
    async finish(keyHash, owner, envelope) {
      await db
        .updateTable("idempotency")
        .set({ envelope })
        .where("key_hash", "=", keyHash)
        .where("owner", "=", owner)
        .execute();
    },
    async drop(keyHash, owner) {
      await db.deleteFrom("idempotency").where("key_hash", "=", keyHash).where("owner", "=", owner).execute();
    },
    async prune(expiredBefore) {
      const expired = db.deleteFrom("idempotency").where("expires_at", "<=", expiredBefore.toISOString());
      return Number((await expired.executeTakeFirst()).numDeletedRows);
    },
    sealed: sealedColumn(db, {
      name: "idempotency",
      table: "idempotency",
      envelope: "envelope",
      id: "key_hash",
      contextOf,
    }),
    contextOf,
  };
}
