import type { SealedStore } from "@stave/credential-vault";
import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import type { Schema, ServiceContainerRow } from "./schema.ts";
import { sealedColumn } from "./sealed-column.ts";

/** The container that a service runs in. */
export type ContainerRecord = {
  readonly serviceId: number;
  readonly role: "standalone";
  /** Of Docker, 64 digits. Undefined: none is known to be there. */
  readonly containerId?: string;
  /** Applications on its network reach it by this. */
  readonly containerName: string;
  /** It was there before, and has not been made anew since. */
  readonly isAdopted: boolean;
  /** As it was asked for. */
  readonly image: string;
  /** What that was, `sha256:…`: of its configuration, and of its manifest in the registry that it came from. */
  readonly imageId?: string;
  readonly imageDigest?: string;
  /** Undefined: its data is elsewhere than in a volume. */
  readonly volume?: string;
  readonly isVolumeAdopted: boolean;
  readonly network: string;
  readonly publish: "loopback" | "none";
  /** Of this machine; undefined: none, or none yet. */
  readonly apiPort?: number;
  readonly consolePort?: number;
  /** What it is made from, with secrets and limits, sealed for `["service_containers", "spec", id]`. */
  readonly specEnvelope: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type NewContainer = Omit<ContainerRecord, "serviceId" | "role" | "createdAt" | "updatedAt">;

/** Null takes a value away. */
export type ContainerChange = {
  readonly [Name in keyof Omit<ContainerRecord, "serviceId" | "role" | "createdAt" | "updatedAt">]?:
    | ContainerRecord[Name]
    | null;
};

/** Rows come and go with those of their services. */
export interface ContainerTable {
  find(serviceId: number): Promise<ContainerRecord | undefined>;
  findByContainerId(containerId: string): Promise<ContainerRecord | undefined>;
  /** All, or those of these services, by service. */
  list(serviceIds?: readonly number[]): Promise<readonly ContainerRecord[]>;
  /** Throws `ServiceNotFound`, and `ServiceChanged` when the spec is not `ifSpecEnvelope` any more. `details` are for the audit log. */
  change(
    serviceId: number,
    change: ContainerChange,
    options?: { readonly ifSpecEnvelope?: string; readonly details?: Readonly<Record<string, unknown>> },
  ): Promise<ContainerRecord>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
  contextOf(serviceId: number): readonly string[];
}

export function createContainerTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): ContainerTable {
  const contextOf = (id: number) => ["service_containers", "spec", String(id)];
  const all = () => db.selectFrom("service_container").selectAll().orderBy("service_id");
  return {
    async find(serviceId) {
      const row = await all().where("service_id", "=", serviceId).executeTakeFirst();
      return row && toRecord(row);
    },
    async findByContainerId(containerId) {
      const row = await all().where("container_id", "=", containerId).executeTakeFirst();
      return row && toRecord(row);
    },
    async list(serviceIds) {
      if (serviceIds?.length === 0) return [];
      const query = serviceIds === undefined ? all() : all().where("service_id", "in", serviceIds);
      return (await query.execute()).map(toRecord);
    },
    change: (serviceId, change, { ifSpecEnvelope, details: more } = {}) =>
      db.transaction().execute(async (transaction) => {
        const before = await transaction
          .selectFrom("service_container")
          .selectAll()
          .where("service_id", "=", serviceId)
          .executeTakeFirst();
        if (before === undefined) throw new ControlDatabaseError("ServiceNotFound", "There is no such service.");
        const row = { ...before, ...toRow(change), updated_at: now().toISOString() };
        const { numUpdatedRows } = await transaction
          .updateTable("service_container")
          .set(row)
          .where("service_id", "=", serviceId)
          .where("spec_envelope", "=", ifSpecEnvelope ?? before.spec_envelope)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) {
          throw new ControlDatabaseError("ServiceChanged", "The container of the service has changed meanwhile.");
        }
        const { specEnvelope, ...shown } = change;
        const details = { ...shown, ...(specEnvelope !== undefined && { hasNewSpec: true }), ...more };
        await record(transaction, { action: "container:change", subject: `service:${serviceId}`, details });
        return toRecord(row);
      }),
    sealed: sealedColumn(db, {
      name: "service_containers",
      table: "service_container",
      envelope: "spec_envelope",
      id: "service_id",
      hasNumericId: true,
      contextOf: (id) => contextOf(Number(id)),
    }),
    contextOf,
  };
}

/** In the transaction that makes its service. */
export async function insertContainer(
  transaction: Transaction<Schema>,
  serviceId: number,
  { container, at }: { readonly container: NewContainer; readonly at: Date },
): Promise<void> {
  const row: ServiceContainerRow = {
    service_id: serviceId,
    role: "standalone",
    container_id: container.containerId ?? null,
    container_name: container.containerName,
    is_adopted: Number(container.isAdopted),
    image: container.image,
    image_id: container.imageId ?? null,
    image_digest: container.imageDigest ?? null,
    volume: container.volume ?? null,
    is_volume_adopted: Number(container.isVolumeAdopted),
    network: container.network,
    publish: container.publish,
    api_port: container.apiPort ?? null,
    console_port: container.consolePort ?? null,
    spec_envelope: container.specEnvelope,
    created_at: at.toISOString(),
    updated_at: at.toISOString(),
  };
  await transaction.insertInto("service_container").values(row).execute();
}

function toRow(change: ContainerChange): Partial<ServiceContainerRow> {
  return {
    ...(change.containerId !== undefined && { container_id: change.containerId }),
    ...(change.containerName != null && { container_name: change.containerName }),
    ...(change.isAdopted != null && { is_adopted: Number(change.isAdopted) }),
    ...(change.image != null && { image: change.image }),
    ...(change.imageId !== undefined && { image_id: change.imageId }),
    ...(change.imageDigest !== undefined && { image_digest: change.imageDigest }),
    ...(change.volume !== undefined && { volume: change.volume }),
    ...(change.isVolumeAdopted != null && { is_volume_adopted: Number(change.isVolumeAdopted) }),
    ...(change.network != null && { network: change.network }),
    ...(change.publish != null && { publish: change.publish }),
    ...(change.apiPort !== undefined && { api_port: change.apiPort }),
    ...(change.consolePort !== undefined && { console_port: change.consolePort }),
    ...(change.specEnvelope != null && { spec_envelope: change.specEnvelope }),
  };
}

function toRecord(row: ServiceContainerRow): ContainerRecord {
  return {
    serviceId: row.service_id,
    role: "standalone",
    containerName: row.container_name,
    isAdopted: row.is_adopted === 1,
    image: row.image,
    isVolumeAdopted: row.is_volume_adopted === 1,
    network: row.network,
    publish: row.publish as ContainerRecord["publish"],
    specEnvelope: row.spec_envelope,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...(row.container_id !== null && { containerId: row.container_id }),
    ...(row.image_id !== null && { imageId: row.image_id }),
    ...(row.image_digest !== null && { imageDigest: row.image_digest }),
    ...(row.volume !== null && { volume: row.volume }),
    ...(row.api_port !== null && { apiPort: row.api_port }),
    ...(row.console_port !== null && { consolePort: row.console_port }),
  };
}
