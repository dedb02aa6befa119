import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const watching: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("container_watch")
      .addColumn("service_id", "integer", (column) => column.primaryKey())
      .addColumn("container_id", "varchar(64)")
      .addColumn("restart_count", "integer", (column) => column.notNull())
      .addColumn("drift", "varchar(128)", (column) => column.notNull())
      .addColumn("oom_count", "integer", (column) => column.notNull())
      .addColumn("last_oom_at", "varchar(24)")
      .addColumn("oom_acknowledged_at", "varchar(24)")
      .execute();
    await db.schema
      .createTable("container_event")
      .addColumn("id", "varchar(64)", (column) => column.primaryKey())
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("kind", "varchar(16)", (column) => column.notNull())
      .addColumn("at", "varchar(24)", (column) => column.notNull())
      .addColumn("count", "integer", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("container_event_service")
      .on("container_event")
      .columns(["service_id", "kind", "at"])
      .execute();
    await db.schema.createIndex("container_event_at").on("container_event").column("at").execute();
    await db.schema
      .createTable("service_metric")
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("step_seconds", "integer", (column) => column.notNull())
      .addColumn("at", "varchar(24)", (column) => column.notNull())
      .addColumn("point", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("service_metric_key", ["service_id", "step_seconds", "at"])
      .execute();
    await db.schema.createIndex("service_metric_at").on("service_metric").columns(["step_seconds", "at"]).execute();
    await db.schema
      .createTable("alert_rule")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("name", "varchar(100)", (column) => column.notNull())
      .addColumn("metric", "varchar(32)", (column) => column.notNull())
      .addColumn("comparison", "varchar(4)", (column) => column.notNull())
      .addColumn("threshold", "double precision", (column) => column.notNull())
      .addColumn("for_seconds", "integer", (column) => column.notNull())
      .addColumn("severity", "varchar(16)", (column) => column.notNull())
      .addColumn("enabled", "integer", (column) => column.notNull())
      .addColumn("breached_since", "varchar(24)")
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("updated_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("alert_rule_service").on("alert_rule").column("service_id").execute();
    await db.schema
      .createTable("alert")
      .addColumn("id", "varchar(48)", (column) => column.primaryKey())
      .addColumn("rule_id", "varchar(32)", (column) => column.notNull())
      .addColumn("service_id", "integer", (column) => column.notNull())
      .addColumn("rule", "text", (column) => column.notNull())
      .addColumn("value", "double precision", (column) => column.notNull())
      .addColumn("fired_at", "varchar(24)", (column) => column.notNull())
      .addColumn("resolved_at", "varchar(24)")
      .addColumn("resolution", "varchar(32)")
      .execute();
    await db.schema.createIndex("alert_service").on("alert").columns(["service_id", "id"]).execute();
    await db.schema.createIndex("alert_rule_open").on("alert").columns(["rule_id", "resolved_at"]).execute();
    await db.schema
      .createTable("notice_webhook")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      .addColumn("name", "varchar(100)", (column) => column.notNull())
      .addColumn("url", "varchar(2048)", (column) => column.notNull())
      .addColumn("secret_envelope", "text", (column) => column.notNull())
      .addColumn("error", "varchar(1000)")
      .addColumn("failed_at", "varchar(24)")
      .addColumn("delivered_at", "varchar(24)")
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .execute();
  },
};
