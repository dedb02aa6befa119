import type { SealedStore } from "@stave/credential-vault";
import type { Kysely, Transaction } from "kysely";
import { type AccountRules, changeRules } from "./account-table.ts";
import type { RecordChange } from "./audit-log.ts";
import { insertContainer, type NewContainer } from "./container-table.ts";
import { removeWatched } from "./container-watch-table.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { addEvent } from "./event-table.ts";
import { insertJob, type JobRecord, type NewJob } from "./job-table.ts";
import { refuseLinkedService } from "./link-table.ts";
import type { Schema, ServiceRow } from "./schema.ts";
import { sealedColumn } from "./sealed-column.ts";

export const serviceEngines = ["stave", "rustfs", "minio", "custom", "external"] as const;
export type ServiceEngine = (typeof serviceEngines)[number];

export type ServiceStatus = "pending" | "creating" | "running" | "stopped" | "failed" | "upgrading" | "deleting";

/** An S3 endpoint with the credentials that open all of it. */
export type ServiceRecord = {
  /** Counts up and is never used again. */
  readonly id: number;
  readonly name: string;
  /** Lower case, hyphens for spaces: for addresses and containers. */
  readonly slug: string;
  readonly engine: ServiceEngine;
  readonly status: ServiceStatus;
  /** Why it is so, for a person. */
  readonly statusReason?: string;
  /** The image, or what an external server says of itself. */
  readonly version?: string;
  readonly region: string;
  /** Where this host reaches it. Undefined: the gateway. */
  readonly endpoint?: string;
  /** Where clients reach it. Undefined: as this host does. */
  readonly publicEndpoint?: string;
  /** Where containers on its network reach it. Undefined: it has none. */
  readonly networkEndpoint?: string;
  /** Of engine `stave`: the account that owns its buckets. */
  readonly accountId?: string;
  readonly accessKeyId?: string;
  /** The secret of `accessKeyId`, sealed for `["services", "secret", id]`; of engine `stave` it is with the access key. */
  readonly secretEnvelope?: string;
  /** What its engine was asked for. No secrets. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Grows with each change: what an ETag is made of. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type NewService = Pick<ServiceRecord, "name" | "slug" | "engine" | "status" | "region" | "parameters"> &
  Partial<Pick<ServiceRecord, "endpoint" | "publicEndpoint" | "networkEndpoint" | "version" | "accessKeyId">>;

/** What comes with a service that is made, or not at all. */
export type ServiceInsertOptions = {
  /** The envelope of its secret, for the context of this id. */
  readonly seal?: (id: number) => Promise<string>;
  /** What it runs in. */
  readonly container?: (id: number) => Promise<NewContainer>;
  /** The job that completes it. */
  readonly job?: (id: number) => Pick<NewJob, "type" | "data">;
};

/** Null takes a value away. */
export type ServiceChange = {
  readonly [Name in keyof Omit<ServiceRecord, "id" | "slug" | "engine" | "revision" | "createdAt" | "updatedAt">]?:
    | ServiceRecord[Name]
    | null;
};

export interface ServiceTable {
  /** Throws `ServiceExists` when the name or the slug is taken. */
  insert(service: NewService, options?: ServiceInsertOptions): Promise<ServiceRecord & { readonly job?: JobRecord }>;
  find(id: number): Promise<ServiceRecord | undefined>;
  findBySlug(slug: string): Promise<ServiceRecord | undefined>;
  /** By id; `after` is exclusive, `offset` counts those that are left out. */
  list(query: {
    readonly after?: number | undefined;
    readonly offset?: number;
    readonly limit: number;
  }): Promise<readonly ServiceRecord[]>;
  /**
   * `account` changes its account in the same transaction. Throws `ServiceNotFound`, `ServiceExists` for a name that is taken, and
   * `ServiceChanged` when `ifRevision` is not the present one.
   */
  change(
    id: number,
    change: ServiceChange,
    options?: { readonly ifRevision?: number; readonly account?: AccountRules },
  ): Promise<ServiceRecord>;
  /** Throws `ServiceNotFound`, and `ServiceInUse` while it is linked. */
  remove(id: number): Promise<void>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
  contextOf(id: number): readonly string[];
}

export function createServiceTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): ServiceTable {
  const contextOf = (id: number) => ["services", "secret", String(id)];
  const tell = (transaction: Transaction<Schema>, row: ServiceRow) => tellOfService(transaction, row, now());
  return {
    insert: (service, options = {}) =>
      db.transaction().execute((transaction) => insertService(transaction, service, options, { actor, now, record })),
    async find(id) {
      const row = await db.selectFrom("service").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async findBySlug(slug) {
      const row = await db.selectFrom("service").selectAll().where("slug", "=", slug).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ after, offset = 0, limit }) {
      let query = db.selectFrom("service").selectAll().orderBy("id").limit(limit).offset(offset);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toRecord);
    },
    change: (id, change, { ifRevision, account } = {}) =>
      db.transaction().execute(async (transaction) => {
        // The update locks the row: of two changes at once the second sees what the first has done.
        const before = await transaction
          .updateTable("service")
          .set(({ ref }) => ({ revision: ref("revision") }))
          .where("id", "=", id)
          .returningAll()
          .executeTakeFirst();
        if (before === undefined) throw notFound();
        if (ifRevision !== undefined && before.revision !== ifRevision) {
          throw new ControlDatabaseError("ServiceChanged", "Somebody else has changed the service.");
        }
        if (change.name !== undefined && change.name !== null && change.name !== before.name) {
          await refuseTaken(transaction, { name: change.name });
        }
        const row = { ...before, ...toRow(change), revision: before.revision + 1, updated_at: now().toISOString() };
        await transaction.updateTable("service").set(row).where("id", "=", id).execute();
        if (account !== undefined && row.account_id !== null) {
          await changeRules(transaction, row.account_id, { ...account, at: now() });
        }
        if (row.status !== before.status || row.status_reason !== before.status_reason) await tell(transaction, row);
        const { secretEnvelope, ...shown } = change;
        const details = {
          ...shown,
          ...(account !== undefined && { account }),
          ...(secretEnvelope !== undefined && { hasNewSecret: true }),
        };
        await record(transaction, { action: "service:change", subject: `service:${id}`, details });
        return toRecord(row);
      }),
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        await refuseLinkedService(transaction, id);
        await transaction.deleteFrom("link_bucket").where("service_id", "=", id).execute();
        await transaction.deleteFrom("backup_schedule").where("service_id", "=", id).execute();
        const { numDeletedRows } = await transaction.deleteFrom("service").where("id", "=", id).executeTakeFirst();
        if (numDeletedRows === 0n) throw notFound();
        await transaction.deleteFrom("service_container").where("service_id", "=", id).execute();
        await transaction.deleteFrom("service_version").where("service_id", "=", id).execute();
        await removeWatched(transaction, id);
        await transaction.deleteFrom("service_health").where("service_id", "=", id).execute();
        await transaction.deleteFrom("service_check").where("service_id", "=", id).execute();
        await addEvent(
          transaction,
          { type: "service", subject: `service:${id}`, data: { id, isRemoved: true } },
          now(),
        );
        await record(transaction, { action: "service:remove", subject: `service:${id}` });
      }),
    sealed: sealedColumn(db, {
      name: "services",
      table: "service",
      envelope: "secret_envelope",
      id: "id",
      hasNumericId: true,
      contextOf: (id) => contextOf(Number(id)),
    }),
    contextOf,
  };
}

/** In the transaction of what the service is made for. Throws `ServiceExists`. */
export async function insertService(
  transaction: Transaction<Schema>,
  service: NewService,
  { seal, container, job }: ServiceInsertOptions,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): Promise<ServiceRecord & { readonly job?: JobRecord }> {
  await refuseTaken(transaction, service);
  const at = now().toISOString();
  const id = await nextId(transaction);
  const row: ServiceRow = {
    id,
    name: service.name,
    slug: service.slug,
    engine: service.engine,
    status: service.status,
    status_reason: null,
    version: service.version ?? null,
    region: service.region,
    endpoint: service.endpoint ?? null,
    public_endpoint: service.publicEndpoint ?? null,
    network_endpoint: service.networkEndpoint ?? null,
    account_id: null,
    access_key_id: service.accessKeyId ?? null,
    secret_envelope: (await seal?.(id)) ?? null,
    parameters: JSON.stringify(service.parameters),
    revision: 1,
    created_at: at,
    updated_at: at,
  };
  await transaction.insertInto("service").values(row).execute();
  if (container !== undefined) await insertContainer(transaction, id, { container: await container(id), at: now() });
  const { name, engine } = service;
  await record(transaction, { action: "service:create", subject: `service:${row.id}`, details: { name, engine } });
  await tellOfService(transaction, row, now());
  if (job === undefined) return toRecord(row);
  const begun = await insertJob(transaction, { ...job(id), subject: `service:${id}` }, { actor, now, record });
  return { ...toRecord(row), job: begun };
}

async function tellOfService(
  transaction: Transaction<Schema>,
  { id, name, status, status_reason: reason }: ServiceRow,
  now: Date,
): Promise<void> {
  const data = { id, name, status, ...(reason !== null && { reason }) };
  await addEvent(transaction, { type: "service", subject: `service:${id}`, data }, now);
}

const counter = "last_service_id";

async function nextId(transaction: Transaction<Schema>): Promise<number> {
  const row = await transaction.selectFrom("setting").select("value").where("name", "=", counter).executeTakeFirst();
  const id = Number(row?.value ?? 0) + 1;
  await transaction
    .insertInto("setting")
    .values({ name: counter, value: String(id) })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: String(id) }))
    .execute();
  return id;
}

async function refuseTaken(
  transaction: Transaction<Schema>,
  { name, slug }: { readonly name: string; readonly slug?: string },
): Promise<void> {
  const taken = await transaction
    .selectFrom("service")
    .select("id")
    .where((where) => where.or([where("name", "=", name), ...(slug === undefined ? [] : [where("slug", "=", slug)])]))
    .executeTakeFirst();
  if (taken !== undefined) throw new ControlDatabaseError("ServiceExists", "A service of this name exists already.");
}

function toRow(change: ServiceChange): Partial<ServiceRow> {
  const { name, status, statusReason, version, region, endpoint, publicEndpoint, accountId, accessKeyId } = change;
  return {
    ...(name != null && { name }),
    ...(status != null && { status }),
    ...(region != null && { region }),
    ...(statusReason !== undefined && { status_reason: statusReason }),
    ...(version !== undefined && { version }),
    ...(endpoint !== undefined && { endpoint }),
    ...(publicEndpoint !== undefined && { public_endpoint: publicEndpoint }),
    ...(change.networkEndpoint !== undefined && { network_endpoint: change.networkEndpoint }),
    ...(accountId !== undefined && { account_id: accountId }),
    ...(accessKeyId !== undefined && { access_key_id: accessKeyId }),
    ...(change.secretEnvelope !== undefined && { secret_envelope: change.secretEnvelope }),
    ...(change.parameters != null && { parameters: JSON.stringify(change.parameters) }),
  };
}

function toRecord(row: ServiceRow): ServiceRecord {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    engine: row.engine as ServiceEngine,
    status: row.status as ServiceStatus,
    region: row.region,
    parameters: JSON.parse(row.parameters),
    revision: row.revision,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.status_reason !== null && { statusReason: row.status_reason }),
    ...(row.version !== null && { version: row.version }),
    ...(row.endpoint !== null && { endpoint: row.endpoint }),
    ...(row.public_endpoint !== null && { publicEndpoint: row.public_endpoint }),
    ...(row.network_endpoint !== null && { networkEndpoint: row.network_endpoint }),
    ...(row.account_id !== null && { accountId: row.account_id }),
    ...(row.access_key_id !== null && { accessKeyId: row.access_key_id }),
    ...(row.secret_envelope !== null && { secretEnvelope: row.secret_envelope }),
  };
}

function notFound(): ControlDatabaseError {
  return new ControlDatabaseError("ServiceNotFound", "There is no such service.");
}
