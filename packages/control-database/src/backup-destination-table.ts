import { randomBytes } from "node:crypto";
import type { SealedStore } from "@stave/credential-vault";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import type { BackupDestinationRow, Schema } from "./schema.ts";
import { sealedColumn } from "./sealed-column.ts";

/** Where backups are kept: a bucket of any S3 server, or a directory of this host. */
export type BackupDestinationRecord = {
  readonly id: string;
  readonly name: string;
  readonly kind: "s3" | "local";
  /** Plain data, no secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The secret key, sealed for `["backup_destinations", "secret", id]`. */
  readonly secretEnvelope?: string;
  /** Grows with each change. */
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type BackupDestinationChange = Partial<Pick<BackupDestinationRecord, "name" | "settings" | "secretEnvelope">>;

export interface BackupDestinationTable {
  /** `seal` gives the envelope of its secret. Throws `DestinationExists` when the name is taken. */
  insert(
    destination: Pick<BackupDestinationRecord, "name" | "kind" | "settings">,
    options?: { readonly seal?: (id: string) => Promise<string> },
  ): Promise<BackupDestinationRecord>;
  find(id: string): Promise<BackupDestinationRecord | undefined>;
  /** By id; `after` is exclusive. */
  list(query: {
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly BackupDestinationRecord[]>;
  /** Throws `DestinationNotFound`, `DestinationExists`, and `DestinationChanged` when `ifRevision` is not the present one. */
  change(
    id: string,
    change: BackupDestinationChange,
    options?: { readonly ifRevision?: number },
  ): Promise<BackupDestinationRecord>;
  /** How many schedules and backups need it. */
  usesOf(id: string): Promise<{ readonly schedules: number; readonly backups: number }>;
  /** Throws `DestinationNotFound`, and `DestinationInUse` while a schedule or a backup needs it. */
  remove(id: string): Promise<void>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
  contextOf(id: string): readonly string[];
}

export function createBackupDestinationTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): BackupDestinationTable {
  const contextOf = (id: string) => ["backup_destinations", "secret", id];
  return {
    insert: ({ name, kind, settings }, { seal } = {}) =>
      db.transaction().execute(async (transaction) => {
        await refuseTaken(transaction, name);
        const id = randomBytes(8).toString("hex");
        const at = now().toISOString();
        const row: BackupDestinationRow = {
          id,
          name,
          kind,
          settings: JSON.stringify(settings),
          secret_envelope: (await seal?.(id)) ?? null,
          revision: 1,
          created_at: at,
          updated_at: at,
        };
        await transaction.insertInto("backup_destination").values(row).execute();
        const details = { name, kind, settings };
        await record(transaction, {
          action: "backup-destination:create",
          subject: `backup-destination:${id}`,
          details,
        });
        return toRecord(row);
      }),
    async find(id) {
      const row = await db.selectFrom("backup_destination").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list({ after = "", limit }) {
      const query = db.selectFrom("backup_destination").selectAll().where("id", ">", after).orderBy("id").limit(limit);
      return (await query.execute()).map(toRecord);
    },
    change: (id, { name, settings, secretEnvelope }, { ifRevision } = {}) =>
      db.transaction().execute(async (transaction) => {
        const before = await findRow(transaction, id);
        if (ifRevision !== undefined && before.revision !== ifRevision) {
          throw new ControlDatabaseError("DestinationChanged", "Somebody else has changed the destination.");
        }
        if (name !== undefined && name !== before.name) await refuseTaken(transaction, name);
        const row: BackupDestinationRow = {
          ...before,
          ...(name !== undefined && { name }),
          ...(settings !== undefined && { settings: JSON.stringify(settings) }),
          ...(secretEnvelope !== undefined && { secret_envelope: secretEnvelope }),
          revision: before.revision + 1,
          updated_at: now().toISOString(),
        };
        const { numUpdatedRows } = await transaction
          .updateTable("backup_destination")
          .set(row)
          .where("id", "=", id)
          .where("revision", "=", before.revision)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) {
          throw new ControlDatabaseError("DestinationChanged", "Somebody else has changed the destination.");
        }
        const details = { name, settings, ...(secretEnvelope !== undefined && { hasNewSecret: true }) };
        await record(transaction, {
          action: "backup-destination:change",
          subject: `backup-destination:${id}`,
          details,
        });
        return toRecord(row);
      }),
    usesOf: (id) => db.transaction().execute((transaction) => countUses(transaction, id)),
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        await findRow(transaction, id);
        const { schedules, backups } = await countUses(transaction, id);
        if (schedules + backups > 0) {
          throw new ControlDatabaseError(
            "DestinationInUse",
            `It is used by ${schedules} schedules and ${backups} backups: delete them first.`,
          );
        }
        await transaction.deleteFrom("backup_folder").where("destination_id", "=", id).execute();
        await transaction.deleteFrom("backup_destination").where("id", "=", id).execute();
        await record(transaction, { action: "backup-destination:remove", subject: `backup-destination:${id}` });
      }),
    sealed: sealedColumn(db, {
      name: "backup_destinations",
      table: "backup_destination",
      envelope: "secret_envelope",
      id: "id",
      contextOf,
    }),
    contextOf,
  };
}

async function findRow(transaction: Transaction<Schema>, id: string): Promise<BackupDestinationRow> {
  const row = await transaction.selectFrom("backup_destination").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new ControlDatabaseError("DestinationNotFound", "There is no such destination.");
  return row;
}

async function refuseTaken(transaction: Transaction<Schema>, name: string): Promise<void> {
  const query = transaction.selectFrom("backup_destination").select("id").where("name", "=", name);
  if ((await query.executeTakeFirst()) === undefined) return;
  throw new ControlDatabaseError("DestinationExists", "A destination of this name exists already.");
}

async function countUses(transaction: Transaction<Schema>, id: string) {
  const count = async (table: "backup_schedule" | "backup") => {
    const query = transaction.selectFrom(table).select(({ fn }) => fn.countAll().as("count"));
    return Number((await query.where("destination_id", "=", id).executeTakeFirstOrThrow()).count);
  };
  return { schedules: await count("backup_schedule"), backups: await count("backup") };
}

function toRecord(row: BackupDestinationRow): BackupDestinationRecord {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as "s3" | "local",
    settings: JSON.parse(row.settings),
    revision: row.revision,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.secret_envelope !== null && { secretEnvelope: row.secret_envelope }),
  };
}
