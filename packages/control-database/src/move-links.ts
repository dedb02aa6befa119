import type { Transaction } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { raiseRevision } from "./revision.ts";
import type { Schema } from "./schema.ts";

/** Where a link is, as far as a migration changes it. */
export type LinkPlace = {
  readonly serviceId: number;
  readonly bucket: string;
  readonly credentials: "own" | "service";
  readonly accessKeyId?: string | undefined;
  readonly keySince?: Date | undefined;
  readonly keyRevision?: string | undefined;
  readonly previousKeyId?: string | undefined;
};

export type LinkMove = {
  readonly linkId: string;
  /** It is moved only from here. */
  readonly from: Pick<LinkPlace, "serviceId" | "accessKeyId">;
  readonly to: LinkPlace;
  /** Whether scopes of the project open the bucket, too: those of this installation. */
  readonly isOfProject: boolean;
};

/** In one transaction, so that no application finds half of it. */
export async function moveLinks(
  transaction: Transaction<Schema>,
  moves: readonly LinkMove[],
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): Promise<void> {
  for (const { linkId, from, to, isOfProject } of moves) {
    const link = await transaction.selectFrom("link").selectAll().where("id", "=", linkId).executeTakeFirst();
    if (link === undefined) continue; // it was removed, with its keys
    if (link.service_id === to.serviceId && link.access_key_id === (to.accessKeyId ?? null)) continue;
    if (link.service_id !== from.serviceId || link.access_key_id !== (from.accessKeyId ?? null)) {
      throw new ControlDatabaseError("LinkChanged", `The link ${linkId} was changed meanwhile.`);
    }
    const place = { service_id: to.serviceId, project_id: link.project_id, environment: link.environment };
    await refuseSecond(transaction, place);
    await transaction
      .updateTable("link")
      .set({
        service_id: to.serviceId,
        bucket: to.bucket,
        credentials: to.credentials,
        access_key_id: to.accessKeyId ?? null,
        key_since: to.keySince?.toISOString() ?? null,
        key_revision: to.keyRevision ?? null,
        previous_key_id: to.previousKeyId ?? null,
        previous_until: null,
        updated_at: now().toISOString(),
      })
      .where("id", "=", linkId)
      .execute();
    await transaction
      .insertInto("link_bucket")
      .values({ ...place, bucket: to.bucket, is_made: 1 })
      .onConflict((conflict) => conflict.columns(["service_id", "bucket"]).doNothing())
      .execute();
    if (isOfProject) {
      await transaction
        .insertInto("project_bucket")
        .values({ project_id: link.project_id, bucket: to.bucket })
        .onConflict((conflict) => conflict.columns(["project_id", "bucket"]).doNothing())
        .execute();
    }
    const details = { from: from.serviceId, to: to.serviceId, bucket: to.bucket, accessKeyId: to.accessKeyId };
    await record(transaction, { action: "link:move", subject: `link:${linkId}`, details });
  }
  await raiseRevision(transaction);
}

async function refuseSecond(
  transaction: Transaction<Schema>,
  place: { readonly service_id: number; readonly project_id: string; readonly environment: string },
): Promise<void> {
  const found = await transaction
    .selectFrom("link")
    .select("id")
    .where("service_id", "=", place.service_id)
    .where("project_id", "=", place.project_id)
    .where("environment", "=", place.environment)
    .executeTakeFirst();
  if (found === undefined) return;
  throw new ControlDatabaseError(
    "LinkExists",
    `The target is linked to ${place.environment} of the same project already.`,
  );
}
