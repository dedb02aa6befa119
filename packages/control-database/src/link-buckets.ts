import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { raiseRevision } from "./revision.ts";
import type { Schema } from "./schema.ts";

export type LinkBucketRecord = {
  readonly serviceId: number;
  readonly bucket: string;
  readonly projectId: string;
  readonly environment: string;
  /** False: its name is reserved. */
  readonly isMade: boolean;
};

/** Which buckets were made for which environments. They stay when the link goes, so that a later one gets its bucket back. */
export interface LinkBuckets {
  find(of: Pick<LinkBucketRecord, "serviceId" | "bucket">): Promise<LinkBucketRecord | undefined>;
  /** False when somebody else has reserved it. */
  reserve(bucket: Omit<LinkBucketRecord, "isMade">): Promise<boolean>;
  /** With `isOfProject` it is one of the buckets that scopes of the project open, too. */
  noteMade(
    of: Pick<LinkBucketRecord, "serviceId" | "bucket">,
    options: { readonly isOfProject: boolean },
  ): Promise<void>;
  /** Gives the name back. */
  forget(of: Pick<LinkBucketRecord, "serviceId" | "bucket">): Promise<void>;
}

export function createLinkBuckets(db: Kysely<Schema>, record: RecordChange): LinkBuckets {
  const rowOf = async ({ serviceId, bucket }: Pick<LinkBucketRecord, "serviceId" | "bucket">) =>
    await db
      .selectFrom("link_bucket")
      .selectAll()
      .where("service_id", "=", serviceId)
      .where("bucket", "=", bucket)
      .executeTakeFirst();
  return {
    async find(of) {
      const row = await rowOf(of);
      if (row === undefined) return undefined;
      const { project_id, environment, is_made } = row;
      return { ...of, projectId: project_id, environment, isMade: is_made === 1 };
    },
    async reserve({ serviceId, bucket, projectId, environment }) {
      await db
        .insertInto("link_bucket")
        .values({ service_id: serviceId, bucket, project_id: projectId, environment, is_made: 0 })
        .onConflict((conflict) => conflict.columns(["service_id", "bucket"]).doNothing())
        .execute();
      const row = await rowOf({ serviceId, bucket });
      return row?.project_id === projectId && row.environment === environment;
    },
    noteMade: ({ serviceId, bucket }, { isOfProject }) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable("link_bucket")
          .set({ is_made: 1 })
          .where("service_id", "=", serviceId)
          .where("bucket", "=", bucket)
          .returning("project_id")
          .executeTakeFirst();
        if (row === undefined || !isOfProject) return;
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto("project_bucket")
          .values({ project_id: row.project_id, bucket })
          .onConflict((conflict) => conflict.columns(["project_id", "bucket"]).doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return;
        const details = { bucket };
        await record(transaction, { action: "project:add-bucket", subject: row.project_id, details });
        await raiseRevision(transaction);
      }),
    forget: ({ serviceId, bucket }) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .deleteFrom("link_bucket")
          .where("service_id", "=", serviceId)
          .where("bucket", "=", bucket)
          .returning("project_id")
          .executeTakeFirst();
        if (row === undefined) return;
        const { numDeletedRows } = await transaction
          .deleteFrom("project_bucket")
          .where("project_id", "=", row.project_id)
          .where("bucket", "=", bucket)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return;
        const details = { bucket };
        await record(transaction, { action: "project:remove-bucket", subject: row.project_id, details });
        await raiseRevision(transaction);
      }),
  };
}
