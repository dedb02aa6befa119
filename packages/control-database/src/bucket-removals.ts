import type { Kysely, Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { raiseRevision } from "./revision.ts";
import type { Schema } from "./schema.ts";

/**
 * What is known here of the gateway's buckets must go with them: another bucket of the same name is in no project. It is begun before the
 * bucket is deleted, so that what a crash has left is completed before there is another.
 */
export interface BucketRemovals {
  /** False when no project has to do with the bucket. Throws `BucketInUse` while a link uses it. */
  begin(bucket: string): Promise<boolean>;
  isBegun(bucket: string): Promise<boolean>;
  /** The bucket was not deleted. */
  cancel(bucket: string): Promise<void>;
  /** The bucket is gone. */
  complete(bucket: string): Promise<void>;
  /** Of any service. Throws `BucketInUse` while a link uses it. */
  refuseLinked(of: { readonly serviceId: number; readonly bucket: string }): Promise<void>;
}

export function createBucketRemovals(db: Kysely<Schema>, record: RecordChange): BucketRemovals {
  return {
    async begin(bucket) {
      await refuse(db, bucket, await gatewayServices(db));
      if (!(await isKnown(db, bucket))) return false;
      const row = { name: settingOf(bucket), value: "" };
      await db
        .insertInto("setting")
        .values(row)
        .onConflict((conflict) => conflict.column("name").doNothing())
        .execute();
      return true;
    },
    async isBegun(bucket) {
      const query = db.selectFrom("setting").select("name").where("name", "=", settingOf(bucket));
      return (await query.executeTakeFirst()) !== undefined;
    },
    async cancel(bucket) {
      await db.deleteFrom("setting").where("name", "=", settingOf(bucket)).execute();
    },
    complete: (bucket) =>
      db.transaction().execute(async (transaction) => {
        const services = await gatewayServices(transaction);
        const removed = await transaction
          .deleteFrom("project_bucket")
          .where("bucket", "=", bucket)
          .returning("project_id")
          .execute();
        if (services.length > 0) {
          await transaction
            .deleteFrom("link_bucket")
            .where("bucket", "=", bucket)
            .where("service_id", "in", services)
            .execute();
        }
        await transaction.deleteFrom("setting").where("name", "=", settingOf(bucket)).execute();
        for (const { project_id: subject } of removed) {
          await record(transaction, { action: "project:remove-bucket", subject, details: { bucket, isDeleted: true } });
        }
        if (removed.length > 0) await raiseRevision(transaction);
      }),
    refuseLinked: ({ serviceId, bucket }) => refuse(db, bucket, [serviceId]),
  };
}

function settingOf(bucket: string): string {
  return `bucket-removal/${bucket}`;
}

/** All of them have their buckets in one namespace. */
async function gatewayServices(db: Kysely<Schema> | Transaction<Schema>): Promise<readonly number[]> {
  const rows = await db.selectFrom("service").select("id").where("engine", "=", "stave").execute();
  return rows.map(({ id }) => id);
}

async function refuse(db: Kysely<Schema>, bucket: string, services: readonly number[]): Promise<void> {
  if (services.length === 0) return;
  const link = await db
    .selectFrom("link")
    .innerJoin("project", "project.id", "link.project_id")
    .select(["project.name", "link.environment"])
    .where("link.bucket", "=", bucket)
    .where("link.service_id", "in", services)
    .executeTakeFirst();
  if (link === undefined) return;
  const user = `${link.name} (${link.environment})`;
  throw new ControlDatabaseError("BucketInUse", `The bucket ${bucket} is linked to ${user}: unlink it first.`);
}

async function isKnown(db: Kysely<Schema>, bucket: string): Promise<boolean> {
  const ofProject = db.selectFrom("project_bucket").select("bucket").where("bucket", "=", bucket);
  if ((await ofProject.executeTakeFirst()) !== undefined) return true;
  const ofLink = db.selectFrom("link_bucket").select("bucket").where("bucket", "=", bucket);
  return (await ofLink.executeTakeFirst()) !== undefined;
}
