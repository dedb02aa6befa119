import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const migrations: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("service_migration")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      // Neither is a reference: what was done is known longer than both.
      .addColumn("source_id", "integer", (column) => column.notNull())
      .addColumn("target_id", "integer", (column) => column.notNull())
      .addColumn("job_id", "varchar(64)", (column) => column.notNull())
      .addColumn("actor", "varchar(128)", (column) => column.notNull())
      .addColumn("state", "varchar(16)", (column) => column.notNull())
      .addColumn("is_cancelled", "integer", (column) => column.notNull())
      .addColumn("options", "text", (column) => column.notNull())
      .addColumn("plan", "text")
      .addColumn("report", "text")
      .addColumn("links", "text")
      .addColumn("problem", "text")
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("updated_at", "varchar(24)", (column) => column.notNull())
      .addColumn("finished_at", "varchar(24)")
      .execute();
    await db.schema.createIndex("service_migration_source").on("service_migration").column("source_id").execute();
    await db.schema.createIndex("service_migration_target").on("service_migration").column("target_id").execute();
    await db.schema
      .createTable("migration_object")
      .addColumn("migration_id", "varchar(32)", (column) => column.notNull().references("service_migration.id"))
      .addColumn("bucket", "varchar(63)", (column) => column.notNull())
      // Of the key, which is longer than PostgreSQL takes into an index.
      .addColumn("key_hash", "varchar(64)", (column) => column.notNull())
      .addColumn("version_id", "varchar(1024)", (column) => column.notNull())
      .addColumn("object_key", "text", (column) => column.notNull())
      .addColumn("state", "varchar(16)", (column) => column.notNull())
      .addColumn("pass", "integer", (column) => column.notNull())
      .addColumn("seq", "integer", (column) => column.notNull())
      .addColumn("etag", "text", (column) => column.notNull())
      .addColumn("modified_at", "varchar(24)", (column) => column.notNull())
      .addColumn("size_bytes", "bigint", (column) => column.notNull())
      .addColumn("is_marker", "integer", (column) => column.notNull())
      .addColumn("sha256", "varchar(64)")
      .addColumn("target_etag", "text")
      .addColumn("target_version_id", "varchar(1024)")
      .addColumn("object_lock", "text")
      .addColumn("lost", "text")
      .addColumn("reason", "text")
      .addPrimaryKeyConstraint("migration_object_key", ["migration_id", "bucket", "key_hash", "version_id"])
      .execute();
  },
};
