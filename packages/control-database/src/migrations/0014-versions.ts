import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const versions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("service_version")
      .addColumn("id", "varchar(64)", (column) => column.primaryKey())
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("image", "varchar(512)", (column) => column.notNull())
      .addColumn("image_id", "varchar(80)")
      .addColumn("image_digest", "varchar(80)")
      .addColumn("reason", "varchar(32)", (column) => column.notNull())
      .addColumn("job_id", "varchar(64)")
      .addColumn("since", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("service_version_service")
      .on("service_version")
      .columns(["service_id", "id"])
      .execute();
    await db.schema
      .createTable("job_log")
      .addColumn("id", "varchar(64)", (column) => column.primaryKey())
      .addColumn("job_id", "varchar(64)", (column) => column.notNull())
      .addColumn("at", "varchar(24)", (column) => column.notNull())
      .addColumn("step", "varchar(64)", (column) => column.notNull())
      .addColumn("message", "text", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("job_log_job").on("job_log").columns(["job_id", "id"]).execute();
  },
};
