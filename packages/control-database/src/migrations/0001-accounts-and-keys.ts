import { type Kysely, PostgresAdapter, sql } from "kysely";
import type { Migration } from "kysely/migration";

type Untyped = Kysely<unknown>;

export const accountsAndKeys: Migration = {
  async up(db: Untyped): Promise<void> {
    await db.schema
      .createTable("account")
      .addColumn("id", "varchar(128)", (column) => column.primaryKey())
      .addColumn("display_name", "varchar(256)", (column) => column.notNull())
      .addColumn("email", "varchar(320)", (column) => column.unique())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("access_key")
      .addColumn("access_key_id", "varchar(128)", (column) => column.primaryKey())
      .addColumn("secret_envelope", "text", (column) => column.notNull())
      .addColumn("owner_id", "varchar(128)", (column) => column.notNull().references("account.id"))
      .addColumn("description", "varchar(256)", (column) => column.notNull())
      .addColumn("scope", "text")
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .addColumn("expires_at", "varchar(24)")
      .addColumn("revoked_at", "varchar(24)")
      .addColumn("replaced_by", "varchar(128)")
      .addColumn("last_used_at", "varchar(24)")
      .execute();
    await db.schema.createIndex("access_key_owner").on("access_key").columns(["owner_id", "access_key_id"]).execute();
    await db.schema
      .createTable("project")
      .addColumn("id", "varchar(32)", (column) => column.primaryKey())
      .addColumn("name", "varchar(63)", (column) => column.notNull().unique())
      .addColumn("account_id", "varchar(128)", (column) => column.notNull().references("account.id"))
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("project_bucket")
      .addColumn("project_id", "varchar(32)", (column) => column.notNull().references("project.id"))
      .addColumn("bucket", "varchar(63)", (column) => column.notNull())
      .addPrimaryKeyConstraint("project_bucket_key", ["project_id", "bucket"])
      .execute();
    await db.schema
      .createTable("secret")
      .addColumn("name", "varchar(200)", (column) => column.primaryKey())
      .addColumn("envelope", "text", (column) => column.notNull())
      .addColumn("created_at", "varchar(24)", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("setting")
      .addColumn("name", "varchar(100)", (column) => column.primaryKey())
      .addColumn("value", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("revision")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("value", "integer", (column) => column.notNull())
      .execute();
    await sql`insert into revision (id, value) values (1, 0)`.execute(db);
    await db.schema
      .createTable("audit")
      .addColumn("id", "varchar(64)", (column) => column.primaryKey())
      .addColumn("at", "varchar(24)", (column) => column.notNull())
      .addColumn("actor", "varchar(256)", (column) => column.notNull())
      .addColumn("action", "varchar(100)", (column) => column.notNull())
      .addColumn("subject", "varchar(2048)", (column) => column.notNull())
      .addColumn("details", "text", (column) => column.notNull())
      .execute();
    await protectAudit(db);
  },
};

/** Rows of the audit log are neither changed nor removed, whatever a later version of this program tries. */
async function protectAudit(db: Untyped): Promise<void> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    await sql`
      create function refuse_audit_change() returns trigger language plpgsql as
      $$ begin raise exception 'the audit log is append-only'; end $$`.execute(db);
    await sql`
      create trigger audit_append_only before update or delete or truncate on audit
      for each statement execute function refuse_audit_change()`.execute(db);
    return;
  }
  for (const change of ["update", "delete"]) {
    await sql`
      create trigger ${sql.ref(`audit_no_${change}`)} before ${sql.raw(change)} on audit
      begin select raise(abort, 'the audit log is append-only'); end`.execute(db);
  }
}
