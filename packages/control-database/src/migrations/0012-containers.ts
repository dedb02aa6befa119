import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const containers: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable("service").addColumn("network_endpoint", "varchar(512)").execute();
    await db.schema
      .createTable("service_container")
      .addColumn("service_id", "integer", (column) => column.primaryKey())
      .addColumn("role", "varchar(32)", (column) => column.notNull())
      .addColumn("container_id", "varchar(64)")
      .addColumn("container_name", "varchar(128)", (column) => column.notNull())
      .addColumn("is_adopted", "integer", (column) => column.notNull())
      .addColumn("image", "varchar(512)", (column) => column.notNull())
      .addColumn("image_id", "varchar(80)")
      .addColumn("image_digest", "varchar(80)")
      .addColumn("volume", "varchar(128)")
      .addColumn("is_volume_adopted", "integer", (column) => column.notNull())
      .addColumn("network", "varchar(128)", (column) => column.notNull())
      .addColumn("publish", "varchar(16)", (column) => column.notNull())
      .addColumn("api_port", "integer")
      .addColumn("console_port", "integer")
      .addColumn("spec_envelope", "text", (column) => column.notNull())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("updated_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("service_container_id")
      .on("service_container")
      .column("container_id")
      .unique()
      .execute();
  },
};
