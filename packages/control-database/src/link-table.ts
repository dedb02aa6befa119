import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { holdRunningService } from "./hold-running-service.ts";
import { insertJob, type JobRecord, type NewJob, refuseBusy } from "./job-table.ts";
import { createLinkBuckets, type LinkBuckets } from "./link-buckets.ts";
import type { LinkRow, Schema } from "./schema.ts";

/** A project's environment uses a bucket of a service. */
export type LinkRecord = {
  readonly id: string;
  readonly serviceId: number;
  readonly projectId: string;
  readonly environment: string;
  /** Before the names of its variables; empty for none. */
  readonly prefix: string;
  /** Which address of the service its variables name. */
  readonly endpoint: "internal" | "network" | "public";
  /** A key of its own, or the pair that opens all of the service. */
  readonly credentials: "own" | "service";
  readonly status: "creating" | "active" | "removing";
  readonly bucket?: string;
  /** Of its own key. */
  readonly accessKeyId?: string;
  /** When the key was tried by Stave: a use after this is one by the application. */
  readonly keySince?: Date;
  /** What the variables were when this key came: who uses it has at least these. */
  readonly keyRevision?: string;
  /** The key before, as long as it has not been retired. */
  readonly previousKeyId?: string;
  /** Undefined: it is valid until somebody retires it. */
  readonly previousUntil?: Date;
  /** What the application has said it runs with. */
  readonly deployedRevision?: string;
  readonly deployedAt?: Date;
  /** Grows with each change: what an ETag is made of. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type NewLink = Pick<
  LinkRecord,
  "serviceId" | "projectId" | "environment" | "prefix" | "endpoint" | "credentials"
>;

/** Null takes a value away. */
export type LinkChange = {
  readonly [Name in keyof Omit<
    LinkRecord,
    "id" | "serviceId" | "projectId" | "environment" | "credentials" | "revision" | "createdAt" | "updatedAt"
  >]?: LinkRecord[Name] | null;
};

/** The job that goes on with what a transaction has begun. */
export type JobOfLink = (id: string) => Pick<NewJob, "type" | "data">;

export interface LinkTable {
  /**
   * With the job that makes it. Throws `ServiceNotFound`, `ServiceNotRunning`, `EnvironmentNotFound`, `LinkExists`, and `PrefixTaken` when another link of
   * the environment has variables of these names.
   */
  create(link: NewLink, job: JobOfLink): Promise<{ readonly link: LinkRecord; readonly job: JobRecord }>;
  find(id: string): Promise<LinkRecord | undefined>;
  findOf(of: Pick<LinkRecord, "serviceId" | "projectId" | "environment">): Promise<LinkRecord | undefined>;
  /** By id; `after` is exclusive. */
  list(query: {
    readonly serviceId?: number;
    readonly projectId?: string;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly LinkRecord[]>;
  /**
   * Undefined when there is none, or its key is not `ifAccessKeyId` any more. Throws `PrefixTaken`, and `LinkChanged` when
   * `ifRevision` is not the present one.
   */
  change(
    id: string,
    change: LinkChange,
    options?: { readonly ifAccessKeyId?: string | undefined; readonly ifRevision?: number },
  ): Promise<LinkRecord | undefined>;
  /** From now on it is being removed, by the job. Throws `LinkNotFound`, `LinkChanged`, and `SubjectBusy` while another job works on it. */
  beginRemoval(id: string, job: JobOfLink, options?: { readonly ifRevision?: number }): Promise<JobRecord>;
  /** Its sinks go with it. Removing what is gone is no error. */
  remove(id: string): Promise<void>;
  /** Known before it is made, so that none is forgotten. */
  addKey(id: string, accessKeyId: string): Promise<void>;
  /** All that were ever made for it. */
  keysOf(id: string): Promise<readonly string[]>;
  readonly buckets: LinkBuckets;
}

export function createLinkTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): LinkTable {
  return {
    create: (link, job) =>
      db.transaction().execute(async (transaction) => {
        await holdRunningService(transaction, link.serviceId);
        await holdEnvironment(transaction, link);
        await refuseSecond(transaction, link);
        await refusePrefix(transaction, link);
        const row = newRow(link, now().toISOString());
        await transaction.insertInto("link").values(row).execute();
        await record(transaction, { action: "link:create", subject: `link:${row.id}`, details: link });
        const subject = `link:${row.id}`;
        const begun = await insertJob(transaction, { ...job(row.id), subject }, { actor, now, record });
        return { link: toRecord(row), job: begun };
      }),
    async find(id) {
      const row = await db.selectFrom("link").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async findOf({ serviceId, projectId, environment }) {
      const row = await db
        .selectFrom("link")
        .selectAll()
        .where("service_id", "=", serviceId)
        .where("project_id", "=", projectId)
        .where("environment", "=", environment)
        .executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ serviceId, projectId, after, limit }) {
      let query = db.selectFrom("link").selectAll().orderBy("id").limit(limit);
      if (serviceId !== undefined) query = query.where("service_id", "=", serviceId);
      if (projectId !== undefined) query = query.where("project_id", "=", projectId);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toRecord);
    },
    change: (id, change, { ifAccessKeyId, ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        const before = await hold(transaction, id);
        if (before === undefined) return undefined;
        refuseChanged(before, ifRevision);
        if (ifAccessKeyId !== undefined && before.access_key_id !== ifAccessKeyId) return undefined;
        const row = { ...before, ...toRow(change), revision: before.revision + 1, updated_at: now().toISOString() };
        if (row.prefix !== before.prefix) {
          await refusePrefix(transaction, { ...toRecord(before), prefix: row.prefix });
        }
        await transaction.updateTable("link").set(row).where("id", "=", id).execute();
        await record(transaction, { action: "link:change", subject: `link:${id}`, details: change });
        return toRecord(row);
      }),
    beginRemoval: (id, job, { ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        const subject = `link:${id}`;
        const before = await hold(transaction, id);
        if (before === undefined) throw new ControlDatabaseError("LinkNotFound", "There is no such link.");
        refuseChanged(before, ifRevision);
        await transaction
          .updateTable("link")
          .set({ status: "removing", revision: before.revision + 1, updated_at: now().toISOString() })
          .where("id", "=", id)
          .execute();
        await refuseBusy(transaction, subject);
        return await insertJob(transaction, { ...job(id), subject }, { actor, now, record });
      }),
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom("link_sink").where("link_id", "=", id).execute();
        await transaction.deleteFrom("link_key").where("link_id", "=", id).execute();
        const { numDeletedRows } = await transaction.deleteFrom("link").where("id", "=", id).executeTakeFirst();
        if (numDeletedRows > 0n) await record(transaction, { action: "link:remove", subject: `link:${id}` });
      }),
    async addKey(id, accessKeyId) {
      const row = { link_id: id, access_key_id: accessKeyId };
      await db.insertInto("link_key").values(row).execute();
    },
    async keysOf(id) {
      const rows = await db.selectFrom("link_key").select("access_key_id").where("link_id", "=", id).execute();
      return rows.map(({ access_key_id }) => access_key_id);
    },
    buckets: createLinkBuckets(db, record),
  };
}

/** The update locks the row: of two changes at once the second sees what the first has done. */
async function hold(transaction: Transaction<Schema>, id: string): Promise<LinkRow | undefined> {
  return await transaction
    .updateTable("link")
    .set(({ ref }) => ({ revision: ref("revision") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

function refuseChanged({ revision }: LinkRow, ifRevision: number | undefined): void {
  if (ifRevision === undefined || revision === ifRevision) return;
  throw new ControlDatabaseError("LinkChanged", "Somebody else has changed the link.");
}

async function holdEnvironment(
  transaction: Transaction<Schema>,
  { projectId, environment }: Pick<LinkRecord, "projectId" | "environment">,
): Promise<void> {
  const found = await transaction
    .updateTable("project_environment")
    .set(({ ref }) => ({ created_at: ref("created_at") }))
    .where("project_id", "=", projectId)
    .where("name", "=", environment)
    .returning("name")
    .executeTakeFirst();
  if (found === undefined) {
    throw new ControlDatabaseError("EnvironmentNotFound", `The project has no environment ${environment}.`);
  }
}

async function refuseSecond(transaction: Transaction<Schema>, link: NewLink): Promise<void> {
  const found = await transaction
    .selectFrom("link")
    .select("id")
    .where("service_id", "=", link.serviceId)
    .where("project_id", "=", link.projectId)
    .where("environment", "=", link.environment)
    .executeTakeFirst();
  if (found === undefined) return;
  throw new ControlDatabaseError("LinkExists", `The service is linked to ${link.environment} of this project already.`);
}

async function refusePrefix(
  transaction: Transaction<Schema>,
  { projectId, environment, prefix, serviceId }: NewLink,
): Promise<void> {
  const found = await transaction
    .selectFrom("link")
    .innerJoin("service", "service.id", "link.service_id")
    .select("service.name")
    .where("project_id", "=", projectId)
    .where("environment", "=", environment)
    .where("prefix", "=", prefix)
    .where("service_id", "!=", serviceId)
    .executeTakeFirst();
  if (found === undefined) return;
  throw new ControlDatabaseError(
    "PrefixTaken",
    `The variables of ${environment} with ${prefix === "" ? "no prefix" : `the prefix ${prefix}`} are those of the service ${found.name}.`,
  );
}

/** For what must not go while something is linked to it. */
export async function refuseLinkedService(transaction: Transaction<Schema>, serviceId: number): Promise<void> {
  const linked = await transaction
    .selectFrom("link")
    .innerJoin("project", "project.id", "link.project_id")
    .select(["project.name", "link.environment"])
    .where("link.service_id", "=", serviceId)
    .orderBy("project.name")
    .orderBy("link.environment")
    .limit(10)
    .execute();
  if (linked.length === 0) return;
  const names = linked.map(({ name, environment }) => `${name} (${environment})`).join(", ");
  throw new ControlDatabaseError("ServiceInUse", `The service is linked to ${names}: unlink it first.`);
}

/** As {@link refuseLinkedService}; of a project, or of one of its environments. */
export async function refuseLinkedProject(
  transaction: Transaction<Schema>,
  projectId: string,
  environment?: string,
): Promise<void> {
  let query = transaction
    .selectFrom("link")
    .innerJoin("service", "service.id", "link.service_id")
    .select(["service.name", "link.environment"])
    .where("link.project_id", "=", projectId)
    .orderBy("service.name")
    .limit(10);
  if (environment !== undefined) query = query.where("link.environment", "=", environment);
  const linked = await query.execute();
  if (linked.length === 0) return;
  const names = linked.map((link) => `${link.name} (${link.environment})`).join(", ");
  const [code, what] =
    environment === undefined ? (["ProjectInUse", "project"] as const) : (["EnvironmentInUse", "environment"] as const);
  throw new ControlDatabaseError(code, `The ${what} is linked to ${names}: unlink it first.`);
}

function newRow(link: NewLink, at: string): LinkRow {
  return {
    id: randomBytes(8).toString("hex"),
    service_id: link.serviceId,
    project_id: link.projectId,
    environment: link.environment,
    prefix: link.prefix,
    endpoint: link.endpoint,
    credentials: link.credentials,
    status: "creating",
    bucket: null,
    access_key_id: null,
    key_since: null,
    key_revision: null,
    previous_key_id: null,
    previous_until: null,
    deployed_revision: null,
    deployed_at: null,
    revision: 1,
    created_at: at,
    updated_at: at,
  };
}

function toRow(change: LinkChange): Partial<LinkRow> {
  const text = (date: Date | null) => date?.toISOString() ?? null;
  return {
    ...(change.prefix != null && { prefix: change.prefix }),
    ...(change.endpoint != null && { endpoint: change.endpoint }),
    ...(change.status != null && { status: change.status }),
    ...(change.bucket !== undefined && { bucket: change.bucket }),
    ...(change.accessKeyId !== undefined && { access_key_id: change.accessKeyId }),
    ...(change.keySince !== undefined && { key_since: text(change.keySince) }),
    ...(change.keyRevision !== undefined && { key_revision: change.keyRevision }),
    ...(change.previousKeyId !== undefined && { previous_key_id: change.previousKeyId }),
    ...(change.previousUntil !== undefined && { previous_until: text(change.previousUntil) }),
    ...(change.deployedRevision !== undefined && { deployed_revision: change.deployedRevision }),
    ...(change.deployedAt !== undefined && { deployed_at: text(change.deployedAt) }),
  };
}

function toRecord(row: LinkRow): LinkRecord {
  return {
    id: row.id,
    serviceId: row.service_id,
    projectId: row.project_id,
    environment: row.environment,
    prefix: row.prefix,
    endpoint: row.endpoint as LinkRecord["endpoint"],
    credentials: row.credentials as LinkRecord["credentials"],
    status: row.status as LinkRecord["status"],
    revision: row.revision,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.bucket !== null && { bucket: row.bucket }),
    ...(row.access_key_id !== null && { accessKeyId: row.access_key_id }),
    ...(row.key_since !== null && { keySince: new Date(row.key_since) }),
    ...(row.key_revision !== null && { keyRevision: row.key_revision }),
    ...(row.previous_key_id !== null && { previousKeyId: row.previous_key_id }),
    ...(row.previous_until !== null && { previousUntil: new Date(row.previous_until) }),
    ...(row.deployed_revision !== null && { deployedRevision: row.deployed_revision }),
    ...(row.deployed_at !== null && { deployedAt: new Date(row.deployed_at) }),
  };
}
