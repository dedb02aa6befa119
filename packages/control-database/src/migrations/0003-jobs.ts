import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const jobs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("job")
      .addColumn("id", "varchar(48)", (column) => column.primaryKey())
      .addColumn("type", "varchar(64)", (column) => column.notNull())
      .addColumn("state", "varchar(16)", (column) => column.notNull())
      .addColumn("actor", "varchar(256)", (column) => column.notNull())
      .addColumn("subject", "varchar(256)", (column) => column.notNull())
      .addColumn("data", "text", (column) => column.notNull())
      .addColumn("step", "varchar(64)")
      .addColumn("progress", "text")
      .addColumn("result", "text")
      .addColumn("problem", "text")
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("run_at", "varchar(24)", (column) => column.notNull())
      .addColumn("lease_owner", "varchar(64)")
      .addColumn("lease_until", "varchar(24)")
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("finished_at", "varchar(24)")
      .execute();
    await db.schema.createIndex("job_due").on("job").columns(["state", "run_at"]).execute();
    await db.schema.createIndex("job_newest").on("job").columns(["created_at", "id"]).execute();
    await db.schema.createIndex("job_subject").on("job").columns(["subject", "state"]).execute();
  },
};
