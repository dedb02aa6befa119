import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { firstEnvironment } from "./environment-table.ts";
import { refuseLinkedProject } from "./link-table.ts";
import { raiseRevision } from "./revision.ts";
import type { ProjectRow, Schema } from "./schema.ts";

/** Buckets of an account that belong together: what the scope of an access key can name. */
export type ProjectRecord = {
  readonly id: string;
  /** 1 to 63 lower-case letters, digits and hyphens; unique. */
  readonly name: string;
  readonly accountId: string;
  readonly createdAt: Date;
  /** For people; absent: as `name`. */
  readonly title?: string;
  /** Grows with each change of what it is: what an ETag is made of. */
  readonly revision: number;
};

type IfRevision = { readonly ifRevision?: number | undefined };

export interface ProjectTable {
  /** Throws `ProjectExists` when the name is taken, and `AccountNotFound`. */
  create(project: {
    readonly name: string;
    readonly accountId: string;
    readonly createdAt: Date;
    readonly title?: string;
  }): Promise<ProjectRecord>;
  find(idOrName: string): Promise<ProjectRecord | undefined>;
  /** By name; `after` is exclusive. */
  list(query: { readonly after?: string | undefined; readonly limit: number }): Promise<readonly ProjectRecord[]>;
  /** Throws `ProjectNotFound`, and `ProjectChanged` when `ifRevision` is not the present one. */
  rename(id: string, title: string, options?: IfRevision): Promise<ProjectRecord>;
  /** Its keys open nothing from then on. Throws `ProjectNotFound`, `ProjectChanged`, and `ProjectInUse` while it is linked. */
  remove(id: string, options?: IfRevision): Promise<void>;
  /** By name. Empty for a project that is not there. */
  bucketsOf(id: string): Promise<readonly string[]>;
  /** Adding what is there is no error. Throws `ProjectNotFound`. */
  addBucket(id: string, bucket: string): Promise<void>;
  removeBucket(id: string, bucket: string): Promise<void>;
}

export function createProjectTable(db: Kysely<Schema>, record: RecordChange): ProjectTable {
  return {
    create: ({ name, accountId, createdAt, title }) =>
      db.transaction().execute(async (transaction) => {
        const taken = await transaction.selectFrom("project").select("id").where("name", "=", name).executeTakeFirst();
        if (taken !== undefined)
          throw new ControlDatabaseError("ProjectExists", "A project of this name exists already.");
        const owner = await transaction
          .selectFrom("account")
          .select("id")
          .where("id", "=", accountId)
          .executeTakeFirst();
        if (owner === undefined) throw new ControlDatabaseError("AccountNotFound", "There is no such account.");
        const row = {
          id: randomBytes(8).toString("hex"),
          name,
          account_id: accountId,
          created_at: createdAt.toISOString(),
          title: title ?? null,
          revision: 1,
        };
        await transaction.insertInto("project").values(row).execute();
        const environment = { project_id: row.id, name: firstEnvironment, created_at: row.created_at };
        await transaction.insertInto("project_environment").values(environment).execute();
        await record(transaction, { action: "project:create", subject: row.id, details: { name, accountId } });
        await raiseRevision(transaction);
        return toRecord(row);
      }),
    async find(idOrName) {
      const query = db.selectFrom("project").selectAll();
      const row = await query
        .where((where) => where.or([where("id", "=", idOrName), where("name", "=", idOrName)]))
        .executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ after, limit }) {
      let query = db.selectFrom("project").selectAll().orderBy("name").limit(limit);
      if (after !== undefined) query = query.where("name", ">", after);
      return (await query.execute()).map(toRecord);
    },
    rename: (id, title, { ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable("project")
          .set(({ eb }) => ({ title, revision: eb("revision", "+", 1) }))
          .where("id", "=", id)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) throw notFound();
        if (ifRevision !== undefined && row.revision !== ifRevision + 1) throw changed();
        await record(transaction, { action: "project:rename", subject: id, details: { title } });
        return toRecord(row);
      }),
    remove: (id, { ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        if (ifRevision !== undefined) await requireProjectRevision(transaction, id, ifRevision);
        await refuseLinkedProject(transaction, id);
        await transaction.deleteFrom("link_bucket").where("project_id", "=", id).execute();
        await transaction.deleteFrom("project_environment").where("project_id", "=", id).execute();
        await transaction.deleteFrom("project_bucket").where("project_id", "=", id).execute();
        const { numDeletedRows } = await transaction.deleteFrom("project").where("id", "=", id).executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound();
        await record(transaction, { action: "project:remove", subject: id });
        await raiseRevision(transaction);
      }),
    async bucketsOf(id) {
      const query = db.selectFrom("project_bucket").select("bucket").where("project_id", "=", id).orderBy("bucket");
      return (await query.execute()).map(({ bucket }) => bucket);
    },
    addBucket: (id, bucket) =>
      db.transaction().execute(async (transaction) => {
        const project = await transaction.selectFrom("project").select("id").where("id", "=", id).executeTakeFirst();
        if (project === undefined) throw notFound();
        await transaction
          .insertInto("project_bucket")
          .values({ project_id: id, bucket })
          .onConflict((conflict) => conflict.columns(["project_id", "bucket"]).doNothing())
          .execute();
        await record(transaction, { action: "project:add-bucket", subject: id, details: { bucket } });
        await raiseRevision(transaction);
      }),
    removeBucket: (id, bucket) =>
      db.transaction().execute(async (transaction) => {
        await transaction
          .deleteFrom("project_bucket")
          .where("project_id", "=", id)
          .where("bucket", "=", bucket)
          .execute();
        await record(transaction, { action: "project:remove-bucket", subject: id, details: { bucket } });
        await raiseRevision(transaction);
      }),
  };
}

function toRecord({ id, name, account_id, created_at, title, revision }: ProjectRow): ProjectRecord {
  const record = { id, name, accountId: account_id, createdAt: new Date(created_at), revision };
  return { ...record, ...(title !== null && { title }) };
}

/** The update locks the row: nobody changes it between this and what the transaction does then. */
async function requireProjectRevision(transaction: Transaction<Schema>, id: string, ifRevision: number): Promise<void> {
  const row = await transaction
    .updateTable("project")
    .set(({ ref }) => ({ revision: ref("revision") }))
    .where("id", "=", id)
    .returning("revision")
    .executeTakeFirst();
  if (row === undefined) throw notFound();
  if (row.revision !== ifRevision) throw changed();
}

function changed(): ControlDatabaseError {
  return new ControlDatabaseError("ProjectChanged", "Somebody else has changed the project.");
}

function notFound(): ControlDatabaseError {
  return new ControlDatabaseError("ProjectNotFound", "There is no such project.");
}
