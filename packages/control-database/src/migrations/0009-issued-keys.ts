import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const issuedKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("issued_key")
      .addColumn("id", "varchar(36)", (column) => column.primaryKey())
      .addColumn("access_key_id", "varchar(128)", (column) =>
        column.notNull().unique().references("access_key.access_key_id").onDelete("cascade"),
      )
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("project_id", "varchar(32)")
      .addColumn("bucket", "varchar(63)")
      .addColumn("bucket_created_at", "varchar(24)")
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("issued_key_newest")
      .on("issued_key")
      .columns(["service_id", "bucket", "created_at", "id"])
      .execute();
    await db.schema.createIndex("issued_key_project").on("issued_key").column("project_id").execute();
  },
};
