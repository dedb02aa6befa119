import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

type Untyped = Kysely<unknown>;

export const links: Migration = {
  async up(db: Untyped): Promise<void> {
    await db.schema.alterTable("project").addColumn("title", "varchar(100)").execute();
    await db.schema
      .createTable("project_environment")
      .addColumn("project_id", "varchar(32)", (column) => column.notNull().references("project.id"))
      .addColumn("name", "varchar(32)", (column) => column.notNull())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addPrimaryKeyConstraint("project_environment_key", ["project_id", "name"])
      .execute();
    await sql`
      insert into project_environment (project_id, name, created_at)
      select id, 'production', created_at from project`.execute(db);
    await createLinks(db);
    await db.schema
      .createTable("link_key")
      .addColumn("access_key_id", "varchar(128)", (column) => column.primaryKey())
      .addColumn("link_id", "varchar(32)", (column) => column.notNull().references("link.id"))
      .execute();
    await db.schema.createIndex("link_key_link").on("link_key").column("link_id").execute();
    await db.schema
      .createTable("link_bucket")
      .addColumn("service_id", "integer", (column) => column.notNull().references("service.id"))
      .addColumn("bucket", "varchar(63)", (column) => column.notNull())
      .addColumn("project_id", "varchar(32)", (column) => column.notNull())
      .addColumn("environment", "varchar(32)", (column) => column.notNull())
      .addColumn("is_made", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("link_bucket_key", ["service_id", "bucket"])
      .execute();
    await db.schema
      .createTable("link_sink")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      .addColumn("link_id", "varchar(32)", (column) => column.notNull().references("link.id"))
      .addColumn("kind", "varchar(16)", (column) => column.notNull())
      .addColumn("settings", "text", (column) => column.notNull())
      .addColumn("secret_envelope", "text")
      .addColumn("rendered_revision", "varchar(32)")
      .addColumn("rendered_at", "varchar(24)")
      .addColumn("error", "varchar(1000)")
      .addColumn("failed_at", "varchar(24)")
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("link_sink_link").on("link_sink").column("link_id").execute();
  },
};

async function createLinks(db: Untyped): Promise<void> {
  await db.schema
    .createTable("link")
    .addColumn("id", "varchar(32)", (column) => column.primaryKey())
    // What a link refers to cannot go before it.
    .addColumn("service_id", "integer", (column) => column.notNull().references("service.id"))
    .addColumn("project_id", "varchar(32)", (column) => column.notNull())
    .addColumn("environment", "varchar(32)", (column) => column.notNull())
    .addColumn("prefix", "varchar(32)", (column) => column.notNull())
    .addColumn("endpoint", "varchar(16)", (column) => column.notNull())
    .addColumn("credentials", "varchar(16)", (column) => column.notNull())
    .addColumn("status", "varchar(16)", (column) => column.notNull())
    .addColumn("bucket", "varchar(63)")
    .addColumn("access_key_id", "varchar(128)")
    .addColumn("key_since", "varchar(24)")
    .addColumn("key_revision", "varchar(32)")
    .addColumn("previous_key_id", "varchar(128)")
    .addColumn("previous_until", "varchar(24)")
    .addColumn("deployed_revision", "varchar(32)")
    .addColumn("deployed_at", "varchar(24)")
    .addColumn("created_at", "varchar(24)", (column) => column.notNull())
    .addColumn("updated_at", "varchar(24)", (column) => column.notNull())
    .addForeignKeyConstraint("link_environment", ["project_id", "environment"], "project_environment", [
      "project_id",
      "name",
    ])
    .addUniqueConstraint("link_once", ["service_id", "project_id", "environment"])
    .addUniqueConstraint("link_prefix", ["project_id", "environment", "prefix"])
    .execute();
}
