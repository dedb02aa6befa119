import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const services: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("service")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("name", "varchar(100)", (column) => column.notNull().unique())
      .addColumn("slug", "varchar(100)", (column) => column.notNull().unique())
      .addColumn("engine", "varchar(32)", (column) => column.notNull())
      .addColumn("status", "varchar(16)", (column) => column.notNull())
      .addColumn("status_reason", "varchar(1000)")
      .addColumn("version", "varchar(256)")
      .addColumn("region", "varchar(63)", (column) => column.notNull())
      .addColumn("endpoint", "varchar(512)")
      .addColumn("public_endpoint", "varchar(512)")
      .addColumn("account_id", "varchar(128)", (column) => column.references("account.id"))
      .addColumn("access_key_id", "varchar(128)")
      .addColumn("secret_envelope", "text")
      .addColumn("parameters", "text", (column) => column.notNull())
      .addColumn("revision", "integer", (column) => column.notNull())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("updated_at", "varchar(24)", (column) => column.notNull())
      .execute();
  },
};
