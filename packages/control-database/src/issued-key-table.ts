import type { AccessKeyRecord } from "@stave/credential-vault";
import type { Kysely, SelectQueryBuilder, Transaction } from "kysely";
import { requireRoom, toAccessKeyRecord, toAccessKeyRow } from "./access-key-table.ts";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { raiseRevision } from "./revision.ts";
import type { AccessKeyRow, IssuedKeyRow, Schema } from "./schema.ts";

/** What an access key was issued for. */
export type IssuedKeyPurpose = {
  readonly serviceId: number;
  readonly projectId?: string;
  /** It is a credential of this bucket, that is: of the one that was made then. Without: a person's key. */
  readonly bucket?: { readonly name: string; readonly createdAt: Date };
};

/** An access key that was issued over the control plane. */
export type IssuedKeyRecord = IssuedKeyPurpose & {
  /** Says nothing of the key, so that it may stand in addresses and logs. */
  readonly id: string;
  readonly key: AccessKeyRecord;
};

export type IssuedKeyQuery = {
  readonly serviceId: number;
  readonly projectId?: string | undefined;
  /** The credentials of a bucket. Undefined: people's keys. */
  readonly bucket?: string | undefined;
  /** Exclusive. */
  readonly before?: { readonly createdAt: Date; readonly id: string } | undefined;
  readonly limit: number;
};

/** Keys with an id of their own, and what they were issued for. A key that was revoked is not among them any more. */
export interface IssuedKeyTable {
  /**
   * Stores the key as well. Throws `TooManyKeys` when `most` keys of the same project (without one: of the same service without a project; of a
   * bucket: of the same bucket) can be used already, or the account has no room, whoever issues another one at the same time.
   */
  insert(issued: IssuedKeyRecord, options: { readonly most: number }): Promise<void>;
  /**
   * One key takes the place of another, which works until `until`. False when that one is gone, has expired, or was replaced already: nothing was
   * stored. There is room for the replaced ones beside `most` others; beyond that it throws `TooManyKeys`.
   */
  replace(
    id: string,
    successor: IssuedKeyRecord,
    options: { readonly until: Date; readonly most: number },
  ): Promise<boolean>;
  find(id: string): Promise<IssuedKeyRecord | undefined>;
  /** Newest first. Keys that were replaced are there until they have expired. */
  list(query: IssuedKeyQuery): Promise<readonly IssuedKeyRecord[]>;
  /** False when it is gone already. */
  revoke(id: string): Promise<boolean>;
  /** Credentials of buckets by id, of all services; `after` is exclusive. */
  listOfBuckets(query: {
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly IssuedKeyRecord[]>;
}

export function createIssuedKeyTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): IssuedKeyTable {
  return {
    insert: (issued, { most }) =>
      db.transaction().execute(async (transaction) => {
        await raiseRevision(transaction); // first: of those who count at the same time, one has this row
        await requireRoom(transaction, issued.key);
        if ((await countUsable(transaction, issued, now())) >= most) throw tooMany(most);
        await store(transaction, issued, record);
      }),
    replace: (id, successor, { until, most }) =>
      db.transaction().execute(async (transaction) => {
        await raiseRevision(transaction);
        const replaced = await findKeyOf(transaction, id);
        if (replaced === undefined) return false;
        const { accessKeyId } = successor.key;
        const { numUpdatedRows } = await transaction
          .updateTable("access_key")
          .set({ replaced_by: accessKeyId, expires_at: until.toISOString() })
          .where("access_key_id", "=", replaced)
          .where("revoked_at", "is", null)
          .where("replaced_by", "is", null)
          .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", now().toISOString())]))
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        if ((await countUsable(transaction, successor, now())) >= 2 * most) throw tooMany(2 * most);
        await store(transaction, successor, record);
        const details = { id, replacedBy: accessKeyId, expiresAt: until };
        await record(transaction, { action: "access-key:rotate", subject: replaced, details });
        return true;
      }),
    async find(id) {
      const row = await joined(db).where("issued_key.id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ serviceId, projectId, bucket, before, limit }) {
      let query = joined(db)
        .where("service_id", "=", serviceId)
        .where("bucket", bucket === undefined ? "is" : "=", bucket ?? null)
        .where((where) =>
          where.or([
            where("access_key.replaced_by", "is", null),
            where("access_key.expires_at", "is", null),
            where("access_key.expires_at", ">", now().toISOString()),
          ]),
        )
        .orderBy("issued_key.created_at", "desc")
        .orderBy("issued_key.id", "desc")
        .limit(limit);
      if (projectId !== undefined) query = query.where("project_id", "=", projectId);
      if (before !== undefined) {
        const at = before.createdAt.toISOString();
        query = query.where((where) =>
          where.or([
            where("issued_key.created_at", "<", at),
            where.and([where("issued_key.created_at", "=", at), where("issued_key.id", "<", before.id)]),
          ]),
        );
      }
      return (await query.execute()).map(toRecord);
    },
    revoke: (id) =>
      db.transaction().execute(async (transaction) => {
        const accessKeyId = await findKeyOf(transaction, id);
        if (accessKeyId === undefined) return false;
        const { numUpdatedRows } = await transaction
          .updateTable("access_key")
          .set({ revoked_at: now().toISOString() })
          .where("access_key_id", "=", accessKeyId)
          .where("revoked_at", "is", null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await record(transaction, { action: "access-key:revoke", subject: accessKeyId, details: { id } });
        await raiseRevision(transaction);
        return true;
      }),
    async listOfBuckets({ after, limit }) {
      let query = joined(db).where("bucket", "is not", null).orderBy("issued_key.id").limit(limit);
      if (after !== undefined) query = query.where("issued_key.id", ">", after);
      return (await query.execute()).map(toRecord);
    },
  };
}

type JoinedRow = AccessKeyRow & Omit<IssuedKeyRow, "access_key_id" | "created_at">;

/** Of keys that were not revoked. */
function joined(
  db: Kysely<Schema>,
): SelectQueryBuilder<Pick<Schema, "access_key" | "issued_key">, "access_key" | "issued_key", JoinedRow> {
  return db
    .selectFrom("issued_key")
    .innerJoin("access_key", "access_key.access_key_id", "issued_key.access_key_id")
    .where("access_key.revoked_at", "is", null)
    .selectAll("access_key")
    .select(["issued_key.id", "service_id", "project_id", "bucket", "bucket_created_at"]);
}

async function findKeyOf(transaction: Transaction<Schema>, id: string): Promise<string | undefined> {
  const query = transaction.selectFrom("issued_key").select("access_key_id").where("id", "=", id);
  return (await query.executeTakeFirst())?.access_key_id;
}

async function countUsable(
  transaction: Transaction<Schema>,
  { serviceId, projectId, bucket }: IssuedKeyPurpose,
  now: Date,
): Promise<number> {
  const { count } = await transaction
    .selectFrom("issued_key")
    .innerJoin("access_key", "access_key.access_key_id", "issued_key.access_key_id")
    .where("access_key.revoked_at", "is", null)
    .where((where) =>
      where.or([where("access_key.expires_at", "is", null), where("access_key.expires_at", ">", now.toISOString())]),
    )
    .where("service_id", "=", serviceId)
    .where("project_id", projectId === undefined ? "is" : "=", projectId ?? null)
    .where("bucket", bucket === undefined ? "is" : "=", bucket?.name ?? null)
    .select(({ fn }) => fn.countAll<number | string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

function tooMany(limit: number): ControlDatabaseError {
  return new ControlDatabaseError(
    "TooManyKeys",
    `There are ${limit} access keys that can be used, and cannot be more.`,
  );
}

async function store(transaction: Transaction<Schema>, issued: IssuedKeyRecord, record: RecordChange): Promise<void> {
  const { id, key, serviceId, projectId, bucket } = issued;
  await transaction.insertInto("access_key").values(toAccessKeyRow(key)).execute();
  const row: IssuedKeyRow = {
    id,
    access_key_id: key.accessKeyId,
    service_id: serviceId,
    project_id: projectId ?? null,
    bucket: bucket?.name ?? null,
    bucket_created_at: bucket?.createdAt.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
  await transaction.insertInto("issued_key").values(row).execute();
  const { accessKeyId, ownerId, description, scope, expiresAt } = key;
  const details = { id, ownerId, description, scope, expiresAt, serviceId, projectId, bucket: bucket?.name };
  await record(transaction, { action: "access-key:create", subject: accessKeyId, details });
}

function toRecord({ id, service_id, project_id, bucket, bucket_created_at, ...key }: JoinedRow): IssuedKeyRecord {
  return {
    id,
    key: toAccessKeyRecord(key),
    serviceId: service_id,
    ...(project_id !== null && { projectId: project_id }),
    ...(bucket !== null &&
      bucket_created_at !== null && { bucket: { name: bucket, createdAt: new Date(bucket_created_at) } }),
  };
}
