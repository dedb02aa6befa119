import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const usersAndTokens: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("user")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      .addColumn("email", "varchar(320)", (column) => column.notNull().unique())
      .addColumn("name", "varchar(256)", (column) => column.notNull())
      .addColumn("role", "varchar(16)", (column) => column.notNull())
      .addColumn("password_hash", "varchar(256)", (column) => column.notNull())
      .addColumn("revision", "integer", (column) => column.notNull())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("disabled_at", "varchar(24)")
      .execute();
    await db.schema
      .createTable("session")
      .addColumn("id_hash", "varchar(64)", (column) => column.primaryKey())
      .addColumn("user_id", "varchar(32)", (column) => column.notNull().references("user.id"))
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("expires_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("session_user").on("session").column("user_id").execute();
    await db.schema
      .createTable("api_token")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      .addColumn("token_hash", "varchar(64)", (column) => column.notNull().unique())
      .addColumn("name", "varchar(100)", (column) => column.notNull())
      .addColumn("permissions", "text", (column) => column.notNull())
      .addColumn("user_id", "varchar(32)", (column) => column.references("user.id"))
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("expires_at", "varchar(24)")
      .addColumn("revoked_at", "varchar(24)")
      .addColumn("last_used_at", "varchar(24)")
      .execute();
  },
};
