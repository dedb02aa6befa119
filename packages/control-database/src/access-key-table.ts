import type { AccessKeyChange, AccessKeyRecord, AccessKeyStore } from "@stave/credential-vault";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { raiseRevision } from "./revision.ts";
import type { AccessKeyRow, Schema } from "./schema.ts";

/** Those that can be used. A platform gives a key to each of its services, not to each of its visitors. */
const maxKeysOfAccount = 1000;
const maxKeysOfProject = 50;

/**
 * Access keys as rows. What was written is seen by every process with its next look at the revision, and is in the audit log: only
 * secrets that are sealed again, and dates of use, are not.
 * `insert` throws `TooManyKeys`.
 */
export function createAccessKeyTable(db: Kysely<Schema>, recordChange: RecordChange): AccessKeyStore {
  return {
    insert: (record) =>
      db.transaction().execute(async (transaction) => {
        // First, because its row is what others wait for: in PostgreSQL two that count at once would both find room.
        await raiseRevision(transaction);
        await requireRoom(transaction, record);
        await transaction.insertInto("access_key").values(toAccessKeyRow(record)).execute();
        const { accessKeyId, ownerId, description, scope, expiresAt } = record;
        const details = { ownerId, description, scope, expiresAt };
        await recordChange(transaction, { action: "access-key:create", subject: accessKeyId, details });
      }),
    async find(accessKeyId) {
      const row = await db
        .selectFrom("access_key")
        .selectAll()
        .where("access_key_id", "=", accessKeyId)
        .executeTakeFirst();
      return row && toAccessKeyRecord(row);
    },
    async list({ ownerId, after, limit }) {
      let query = db.selectFrom("access_key").selectAll().orderBy("access_key_id").limit(limit);
      if (ownerId !== undefined) query = query.where("owner_id", "=", ownerId);
      if (after !== undefined) query = query.where("access_key_id", ">", after);
      return (await query.execute()).map(toAccessKeyRecord);
    },
    change: (accessKeyId, change) =>
      db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("access_key")
          .set(toChange(change))
          .where("access_key_id", "=", accessKeyId)
          .where("revoked_at", "is", null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await recordChange(transaction, { action: actionOf(change), subject: accessKeyId, details: change });
        await raiseRevision(transaction);
        return true;
      }),
    async reseal(accessKeyId, before, after) {
      const { numUpdatedRows } = await db
        .updateTable("access_key")
        .set({ secret_envelope: after })
        .where("access_key_id", "=", accessKeyId)
        .where("secret_envelope", "=", before)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    noteUsed: (uses) =>
      db.transaction().execute(async (transaction) => {
        for (const [accessKeyId, at] of uses) {
          await transaction
            .updateTable("access_key")
            .set({ last_used_at: at.toISOString() })
            .where("access_key_id", "=", accessKeyId)
            .execute();
        }
      }),
  };
}

/** Throws `TooManyKeys`. */
export async function requireRoom(
  transaction: Transaction<Schema>,
  { ownerId, scope, createdAt }: AccessKeyRecord,
): Promise<void> {
  const usable = await transaction
    .selectFrom("access_key")
    .select("scope")
    .where("owner_id", "=", ownerId)
    .where("revoked_at", "is", null)
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", createdAt.toISOString())]))
    .limit(maxKeysOfAccount)
    .execute();
  if (usable.length >= maxKeysOfAccount) throw tooMany("account", maxKeysOfAccount);
  const project = projectOf(scope);
  if (project === undefined) return;
  const ofProject = usable.filter((row) => row.scope !== null && projectOf(JSON.parse(row.scope)) === project);
  if (ofProject.length >= maxKeysOfProject) throw tooMany("project", maxKeysOfProject);
}

/** `on.project` of a scope: the one thing that is read of it here. */
function projectOf(scope: unknown): unknown {
  const on = field(scope, "on");
  return field(on, "project");
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function tooMany(what: "account" | "project", limit: number): ControlDatabaseError {
  return new ControlDatabaseError(
    "TooManyKeys",
    `The ${what} has ${limit} access keys that can be used, and cannot have more. Revoke those that are not needed.`,
  );
}

function actionOf({ revokedAt, replacedBy }: AccessKeyChange): string {
  if (revokedAt !== undefined) return "access-key:revoke";
  return replacedBy === undefined ? "access-key:expire" : "access-key:rotate";
}

export function toAccessKeyRow(record: AccessKeyRecord): AccessKeyRow {
  return {
    access_key_id: record.accessKeyId,
    secret_envelope: record.secretEnvelope,
    owner_id: record.ownerId,
    description: record.description,
    scope: record.scope === undefined ? null : JSON.stringify(record.scope),
    created_at: record.createdAt.toISOString(),
    expires_at: record.expiresAt?.toISOString() ?? null,
    revoked_at: record.revokedAt?.toISOString() ?? null,
    replaced_by: record.replacedBy ?? null,
    last_used_at: record.lastUsedAt?.toISOString() ?? null,
  };
}

export function toAccessKeyRecord(row: AccessKeyRow): AccessKeyRecord {
  return {
    accessKeyId: row.access_key_id,
    secretEnvelope: row.secret_envelope,
    ownerId: row.owner_id,
    description: row.description,
    createdAt: new Date(row.created_at),
    ...(row.scope !== null && { scope: JSON.parse(row.scope) }),
    ...(row.expires_at !== null && { expiresAt: new Date(row.expires_at) }),
    ...(row.revoked_at !== null && { revokedAt: new Date(row.revoked_at) }),
    ...(row.replaced_by !== null && { replacedBy: row.replaced_by }),
    ...(row.last_used_at !== null && { lastUsedAt: new Date(row.last_used_at) }),
  };
}

function toChange({ expiresAt, revokedAt, replacedBy }: AccessKeyChange) {
  return {
    ...(expiresAt && { expires_at: expiresAt.toISOString() }),
    ...(revokedAt && { revoked_at: revokedAt.toISOString() }),
    ...(replacedBy !== undefined && { replaced_by: replacedBy }),
  };
}
