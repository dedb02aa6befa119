import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

type Untyped = Kysely<unknown>;

export const backups: Migration = {
  async up(db: Untyped): Promise<void> {
    await db.schema
      .createTable("backup_destination")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      .addColumn("name", "varchar(100)", (column) => column.notNull().unique())
      .addColumn("kind", "varchar(16)", (column) => column.notNull())
      .addColumn("settings", "text", (column) => column.notNull())
      .addColumn("secret_envelope", "text")
      .addColumn("revision", "integer", (column) => column.notNull())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("updated_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await createSchedules(db);
    await createBackups(db);
    await db.schema
      .createTable("restore")
      .addColumn("id", "varchar(64)", (column) => column.primaryKey())
      .addColumn("backup_id", "varchar(64)", (column) => column.notNull())
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("mode", "varchar(16)", (column) => column.notNull())
      .addColumn("state", "varchar(16)", (column) => column.notNull())
      .addColumn("job_id", "varchar(64)", (column) => column.notNull())
      .addColumn("counts", "text", (column) => column.notNull())
      .addColumn("problems", "text", (column) => column.notNull())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("finished_at", "varchar(24)")
      .execute();
    await db.schema.createIndex("restore_backup").on("restore").column("backup_id").execute();
    await db.schema.createIndex("restore_service").on("restore").column("service_id").execute();
  },
};

async function createSchedules(db: Untyped): Promise<void> {
  await db.schema
    .createTable("backup_schedule")
    .addColumn("id", "varchar(32)", (column) => column.primaryKey())
    .addColumn("name", "varchar(100)", (column) => column.notNull().unique())
    .addColumn("service_id", "integer", (column) => column.notNull().references("service.id"))
    .addColumn("destination_id", "varchar(32)", (column) => column.notNull().references("backup_destination.id"))
    .addColumn("cron", "varchar(200)", (column) => column.notNull())
    .addColumn("time_zone", "varchar(64)", (column) => column.notNull())
    .addColumn("with_versions", "integer", (column) => column.notNull())
    .addColumn("retention_days", "integer")
    .addColumn("retention_count", "integer")
    .addColumn("is_enabled", "integer", (column) => column.notNull())
    .addColumn("next_at", "varchar(24)")
    .addColumn("last_at", "varchar(24)")
    .addColumn("last_error", "varchar(1000)")
    .addColumn("revision", "integer", (column) => column.notNull())
    .addColumn("created_at", "varchar(24)", (column) => column.notNull())
    .addColumn("updated_at", "varchar(24)", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("backup_schedule_next").on("backup_schedule").column("next_at").execute();
}

async function createBackups(db: Untyped): Promise<void> {
  await db.schema
    .createTable("backup_folder")
    .addColumn("destination_id", "varchar(32)", (column) => column.notNull().references("backup_destination.id"))
    .addColumn("service_id", "integer", (column) => column.notNull())
    .addColumn("folder", "varchar(160)", (column) => column.notNull())
    .addPrimaryKeyConstraint("backup_folder_key", ["destination_id", "service_id"])
    .execute();
  await db.schema
    .createTable("backup")
    .addColumn("id", "varchar(64)", (column) => column.primaryKey())
    // No reference: backups may outlive what they are of. Ids of services are never used again.
    .addColumn("service_id", "integer", (column) => column.notNull())
    .addColumn("service", "text", (column) => column.notNull())
    .addColumn("destination_id", "varchar(32)", (column) => column.notNull().references("backup_destination.id"))
    .addColumn("folder", "varchar(160)", (column) => column.notNull())
    .addColumn("schedule_id", "varchar(32)")
    .addColumn("state", "varchar(16)", (column) => column.notNull())
    .addColumn("with_versions", "integer", (column) => column.notNull())
    .addColumn("job_id", "varchar(64)")
    .addColumn("held_until", "varchar(24)")
    .addColumn("counts", "text", (column) => column.notNull())
    .addColumn("problems", "text", (column) => column.notNull())
    .addColumn("manifest_checksum", "varchar(64)")
    .addColumn("verification", "text")
    .addColumn("created_at", "varchar(24)", (column) => column.notNull())
    .addColumn("finished_at", "varchar(24)")
    .execute();
  await db.schema.createIndex("backup_service").on("backup").columns(["service_id", "id"]).execute();
  await db.schema.createIndex("backup_destination_used").on("backup").column("destination_id").execute();
  await db.schema.createIndex("backup_schedule_used").on("backup").column("schedule_id").execute();
  await db.schema
    .createTable("backup_chunk")
    .addColumn("backup_id", "varchar(64)", (column) => column.notNull().references("backup.id"))
    .addColumn("number", "integer", (column) => column.notNull())
    .addColumn("name", "varchar(200)", (column) => column.notNull())
    .addColumn("checksum", "varchar(64)", (column) => column.notNull())
    .addColumn("lines", "integer", (column) => column.notNull())
    .addColumn("cursor", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("backup_chunk_key", ["backup_id", "number"])
    .execute();
}
