import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import type { Schema, ServiceVersionRow } from "./schema.ts";
import { sortableId } from "./sortable-id.ts";

/** An image that a service has run, and proven itself with. */
export type ServiceVersion = {
  readonly id: string;
  readonly serviceId: number;
  /** As it was asked for. */
  readonly image: string;
  /** What that was, `sha256:…`: of its configuration, and of its manifest in the registry that it came from. */
  readonly imageId?: string;
  readonly imageDigest?: string;
  /** How it came to it. */
  readonly reason: "created" | "upgraded" | "rolled-back";
  readonly jobId?: string;
  readonly since: Date;
};

export type NewServiceVersion = Omit<ServiceVersion, "id" | "serviceId">;

/** Rows go with those of their services. */
export interface ServiceVersionTable {
  /** Newest first. */
  list(serviceId: number): Promise<readonly ServiceVersion[]>;
  /** Called again with the same job it does nothing. Beyond `maxVersions` the oldest goes. */
  add(serviceId: number, version: NewServiceVersion): Promise<void>;
  /** Takes back what a job has added. */
  removeOfJob(jobId: string): Promise<void>;
}

const maxVersions = 100;

export function createServiceVersionTable(
  db: Kysely<Schema>,
  { record }: { readonly record: RecordChange },
): ServiceVersionTable {
  const newestFirst = (from: Pick<Kysely<Schema>, "selectFrom">, serviceId: number) =>
    from.selectFrom("service_version").selectAll().where("service_id", "=", serviceId).orderBy("id", "desc");
  return {
    list: async (serviceId) => (await newestFirst(db, serviceId).execute()).map(toVersion),
    add: (serviceId, version) =>
      db.transaction().execute(async (transaction) => {
        const known = await newestFirst(transaction, serviceId).execute();
        const { jobId, reason, image, imageDigest } = version;
        if (jobId !== undefined && known.some((row) => row.job_id === jobId)) return;
        await transaction.insertInto("service_version").values(toRow(serviceId, version)).execute();
        const old = known.slice(maxVersions - 1).map(({ id }) => id);
        if (old.length > 0) await transaction.deleteFrom("service_version").where("id", "in", old).execute();
        const details = { reason, image, ...(imageDigest !== undefined && { imageDigest }) };
        await record(transaction, { action: "service:version", subject: `service:${serviceId}`, details });
      }),
    async removeOfJob(jobId) {
      await db.deleteFrom("service_version").where("job_id", "=", jobId).execute();
    },
  };
}

function toRow(serviceId: number, { since, ...version }: NewServiceVersion): ServiceVersionRow {
  return {
    id: sortableId(since.toISOString()),
    service_id: serviceId,
    image: version.image,
    image_id: version.imageId ?? null,
    image_digest: version.imageDigest ?? null,
    reason: version.reason,
    job_id: version.jobId ?? null,
    since: since.toISOString(),
  };
}

function toVersion(row: ServiceVersionRow): ServiceVersion {
  return {
    id: row.id,
    serviceId: row.service_id,
    image: row.image,
    reason: row.reason as ServiceVersion["reason"],
    since: new Date(row.since),
    ...(row.image_id !== null && { imageId: row.image_id }),
    ...(row.image_digest !== null && { imageDigest: row.image_digest }),
    ...(row.job_id !== null && { jobId: row.job_id }),
  };
}
