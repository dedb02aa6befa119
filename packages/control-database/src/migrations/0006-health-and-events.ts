import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const healthAndEvents: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable("account").addColumn("quota_bytes", "bigint").execute();
    await db.schema.alterTable("account").addColumn("suspended_at", "varchar(24)").execute();
    await db.schema
      .createTable("service_health")
      .addColumn("service_id", "integer", (column) => column.primaryKey())
      .addColumn("status", "varchar(16)", (column) => column.notNull())
      .addColumn("since", "varchar(24)", (column) => column.notNull())
      .addColumn("checked_at", "varchar(24)")
      .addColumn("latency_ms", "integer")
      .addColumn("reason", "varchar(1000)")
      .addColumn("failures", "integer", (column) => column.notNull())
      .addColumn("alerted_at", "varchar(24)")
      .addColumn("next_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("service_health_next").on("service_health").column("next_at").execute();
    await db.schema
      .createTable("service_check")
      .addColumn("id", "varchar(48)", (column) => column.primaryKey())
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("at", "varchar(24)", (column) => column.notNull())
      .addColumn("status", "varchar(16)", (column) => column.notNull())
      .addColumn("latency_ms", "integer")
      .addColumn("reason", "varchar(1000)")
      .execute();
    await db.schema.createIndex("service_check_service").on("service_check").columns(["service_id", "at"]).execute();
    await db.schema.createIndex("service_check_at").on("service_check").column("at").execute();
    await db.schema
      .createTable("event")
      .addColumn("id", "bigint", (column) => column.primaryKey())
      .addColumn("at", "varchar(24)", (column) => column.notNull())
      .addColumn("type", "varchar(64)", (column) => column.notNull())
      .addColumn("subject", "varchar(256)", (column) => column.notNull())
      .addColumn("data", "text", (column) => column.notNull())
      .execute();
  },
};
