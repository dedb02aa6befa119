import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const idempotency: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("idempotency")
      .addColumn("key_hash", "varchar(64)", (column) => column.primaryKey())
      .addColumn("request_hash", "varchar(64)", (column) => column.notNull())
      .addColumn("owner", "varchar(32)", (column) => column.notNull())
      .addColumn("envelope", "text")
      .addColumn("lease_until", "varchar(24)", (column) => column.notNull())
      .addColumn("expires_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("idempotency_expiry").on("idempotency").column("expires_at").execute();
  },
};
