import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { toBackup } from "./backup-row.ts";
import type { BackupCounts, BackupRecord } from "./backup-table.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { insertJob, refuseBusy } from "./job-table.ts";
import type { BackupRow, Schema } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

export type NewBackup = {
  readonly serviceId: number;
  readonly destinationId: string;
  readonly withVersions: boolean;
  readonly scheduleId?: string;
};

/** Backups of a service, and what changes it from one, happen one after the other. */
export const backupSubjectOf = (serviceId: number) => `backups:service:${serviceId}`;

const none: BackupCounts = {
  buckets: 0,
  objects: 0,
  sizeBytes: 0,
  storedObjects: 0,
  storedBytes: 0,
  changed: 0,
  vanished: 0,
  failures: 0,
};

/** The row of a backup and the job that makes it, or neither. */
export async function beginBackup(
  transaction: Transaction<Schema>,
  { serviceId, destinationId, withVersions, scheduleId }: NewBackup,
  {
    actor,
    now,
    record,
    mayQueue,
  }: {
    readonly actor: string;
    readonly now: () => Date;
    readonly record: RecordChange;
    readonly mayQueue: boolean;
  },
): Promise<BackupRecord> {
  // The update locks the row: whoever deletes the service comes before or after.
  const service = await transaction
    .updateTable("service")
    .set(({ ref }) => ({ revision: ref("revision") }))
    .where("id", "=", serviceId)
    .returning(["name", "slug", "engine", "status"])
    .executeTakeFirst();
  if (service === undefined) throw new ControlDatabaseError("ServiceNotFound", "There is no such service.");
  const { status, ...shown } = service;
  if (status !== "running") {
    throw new ControlDatabaseError("ServiceNotRunning", `Only a running service is backed up: this one is ${status}.`);
  }
  const destination = transaction.selectFrom("backup_destination").select("id").where("id", "=", destinationId);
  if ((await destination.executeTakeFirst()) === undefined) {
    throw new ControlDatabaseError("DestinationNotFound", "There is no such destination.");
  }
  const subject = backupSubjectOf(serviceId);
  if (!mayQueue) await refuseBusy(transaction, subject);
  const createdAt = now().toISOString();
  const id = sortableId(createdAt).replaceAll(/[^\da-z]/g, "");
  const job = await insertJob(
    transaction,
    { type: "backup:run", subject, data: { backupId: id } },
    { actor, now, record },
  );
  const row: BackupRow = {
    id,
    service_id: serviceId,
    service: JSON.stringify(shown),
    destination_id: destinationId,
    folder: await folderOf(transaction, { serviceId, destinationId, slug: service.slug }),
    schedule_id: scheduleId ?? null,
    state: "running",
    with_versions: withVersions ? 1 : 0,
    job_id: job.id,
    held_until: null,
    counts: JSON.stringify(none),
    problems: "[]",
    manifest_checksum: null,
    verification: null,
    created_at: createdAt,
    finished_at: null,
  };
  await transaction.insertInto("backup").values(row).execute();
  const details = { service: `service:${serviceId}`, destination: destinationId, withVersions, scheduleId };
  await record(transaction, { action: "backup:create", subject: `backup:${id}`, details });
  return toBackup({ ...row, job_state: job.state });
}

/** One for all backups of a service in a destination. Chance keeps those of other installations apart. */
async function folderOf(
  transaction: Transaction<Schema>,
  {
    serviceId,
    destinationId,
    slug,
  }: { readonly serviceId: number; readonly destinationId: string; readonly slug: string },
): Promise<string> {
  const folder = `${slug}-${randomBytes(8).toString("hex")}`;
  await transaction
    .insertInto("backup_folder")
    .values({ service_id: serviceId, destination_id: destinationId, folder })
    .onConflict((conflict) => conflict.columns(["destination_id", "service_id"]).doNothing())
    .execute();
  const row = await transaction
    .selectFrom("backup_folder")
    .select("folder")
    .where("service_id", "=", serviceId)
    .where("destination_id", "=", destinationId)
    .executeTakeFirstOrThrow();
  return row.folder;
}

export const activeJobStates = ["waiting", "running", "undoing"] as const;

/** Whether one of these is being made, or waits for its turn. */
export async function isMaking(db: Kysely<Schema>, { scheduleId }: { readonly scheduleId: string }): Promise<boolean> {
  const found = await db
    .selectFrom("backup")
    .innerJoin("job", "job.id", "backup.job_id")
    .select("backup.id")
    .where("backup.schedule_id", "=", scheduleId)
    .where("backup.state", "=", "running")
    .where("job.state", "in", activeJobStates)
    .executeTakeFirst();
  return found !== undefined;
}
