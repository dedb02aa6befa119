import { type Kysely, PostgresAdapter, sql } from "kysely";
import type { Migration } from "kysely/migration";

type Untyped = Kysely<unknown>;

export const identities: Migration = {
  async up(db: Untyped): Promise<void> {
    await db.schema
      .createTable("user_identity")
      .addColumn("issuer", "varchar(512)", (column) => column.notNull())
      .addColumn("subject", "varchar(255)", (column) => column.notNull())
      .addColumn("user_id", "varchar(32)", (column) => column.notNull().unique().references("user.id"))
      .addPrimaryKeyConstraint("user_identity_key", ["issuer", "subject"])
      .execute();
    await db.schema
      .createTable("used_sign_in")
      .addColumn("id_hash", "varchar(64)", (column) => column.primaryKey())
      .addColumn("expires_at", "varchar(24)", (column) => column.notNull())
      .execute();
    for (const table of ["project", "link"]) {
      await db.schema
        .alterTable(table)
        .addColumn("revision", "integer", (column) => column.notNull().defaultTo(1))
        .execute();
    }
    await allowPruning(db);
  },
};

/** A row of the audit log is removed only by who has set, in the same transaction, before which age rows go. */
async function allowPruning(db: Untyped): Promise<void> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    await sql`drop trigger audit_append_only on audit`.execute(db);
    await sql`
      create trigger audit_append_only before update or truncate on audit
      for each statement execute function refuse_audit_change()`.execute(db);
    await sql`
      create function refuse_audit_removal() returns trigger language plpgsql as
      $$ begin
        if old.id < coalesce((select value from setting where name = 'audit_pruned_before'), '') then return old; end if;
        raise exception 'the audit log is append-only';
      end $$`.execute(db);
    await sql`
      create trigger audit_no_removal before delete on audit
      for each row execute function refuse_audit_removal()`.execute(db);
    return;
  }
  await sql`drop trigger audit_no_delete`.execute(db);
  await sql`
    create trigger audit_no_delete before delete on audit
    when old.id >= coalesce((select value from setting where name = 'audit_pruned_before'), '')
    begin select raise(abort, 'the audit log is append-only'); end`.execute(db);
}
