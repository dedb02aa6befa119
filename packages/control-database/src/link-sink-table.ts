import { randomBytes } from "node:crypto";
import type { SealedStore } from "@stave/credential-vault";
import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import type { LinkSinkRow, Schema } from "./schema.ts";
import { sealedColumn } from "./sealed-column.ts";

export const sinkKinds = ["dotenv", "kubernetes", "webhook"] as const;
export type SinkKind = (typeof sinkKinds)[number];

/** Where the variables of a link are brought. */
export type LinkSinkRecord = {
  readonly id: string;
  readonly linkId: string;
  readonly kind: SinkKind;
  /** Plain data, no secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What it signs with, sealed for `["link_sinks", "secret", id]`. */
  readonly secretEnvelope?: string;
  readonly renderedRevision?: string;
  readonly renderedAt?: Date;
  /** Why the last attempt has failed; gone with the next that does not. */
  readonly error?: string;
  readonly failedAt?: Date;
  readonly createdAt: Date;
};

export interface LinkSinkTable {
  /** `seal` gives the envelope of its secret. Throws `LinkNotFound`, and `SinksFull` when the link has 20. */
  insert(
    sink: Pick<LinkSinkRecord, "linkId" | "kind" | "settings">,
    options?: { readonly seal?: (id: string) => Promise<string> },
  ): Promise<LinkSinkRecord>;
  find(id: string): Promise<LinkSinkRecord | undefined>;
  /** By id. */
  list(linkIds: readonly string[]): Promise<readonly LinkSinkRecord[]>;
  noteRendered(id: string, revision: string): Promise<void>;
  noteFailed(id: string, error: string): Promise<void>;
  /** Removing what is gone is no error. */
  remove(id: string): Promise<void>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
  contextOf(id: string): readonly string[];
}

const maxSinks = 20;
const maxErrorLength = 1000;

export function createLinkSinkTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): LinkSinkTable {
  const contextOf = (id: string) => ["link_sinks", "secret", id];
  return {
    insert: ({ linkId, kind, settings }, { seal } = {}) =>
      db.transaction().execute(async (transaction) => {
        // The update locks the row: sinks of one link are counted one after the other.
        const link = await transaction
          .updateTable("link")
          .set({ updated_at: now().toISOString() })
          .where("id", "=", linkId)
          .returning("id")
          .executeTakeFirst();
        if (link === undefined) throw new ControlDatabaseError("LinkNotFound", "There is no such link.");
        const others = await transaction.selectFrom("link_sink").select("id").where("link_id", "=", linkId).execute();
        if (others.length >= maxSinks) {
          throw new ControlDatabaseError("SinksFull", `A link has at most ${maxSinks} sinks.`);
        }
        const id = randomBytes(8).toString("hex");
        const row: LinkSinkRow = {
          id,
          link_id: linkId,
          kind,
          settings: JSON.stringify(settings),
          secret_envelope: (await seal?.(id)) ?? null,
          rendered_revision: null,
          rendered_at: null,
          error: null,
          failed_at: null,
          created_at: now().toISOString(),
        };
        await transaction.insertInto("link_sink").values(row).execute();
        const details = { sink: id, kind, settings };
        await record(transaction, { action: "link:add-sink", subject: `link:${linkId}`, details });
        return toRecord(row);
      }),
    async find(id) {
      const row = await db.selectFrom("link_sink").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list(linkIds) {
      if (linkIds.length === 0) return [];
      const query = db.selectFrom("link_sink").selectAll().where("link_id", "in", linkIds).orderBy("id");
      return (await query.execute()).map(toRecord);
    },
    async noteRendered(id, revision) {
      const change = { rendered_revision: revision, rendered_at: now().toISOString(), error: null, failed_at: null };
      await db.updateTable("link_sink").set(change).where("id", "=", id).execute();
    },
    async noteFailed(id, error) {
      const change = { error: error.slice(0, maxErrorLength), failed_at: now().toISOString() };
      await db.updateTable("link_sink").set(change).where("id", "=", id).execute();
    },
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .deleteFrom("link_sink")
          .where("id", "=", id)
          .returning("link_id")
          .executeTakeFirst();
        if (row === undefined) return;
        const details = { sink: id };
        await record(transaction, { action: "link:remove-sink", subject: `link:${row.link_id}`, details });
      }),
    sealed: sealedColumn(db, {
      name: "link_sinks",
      table: "link_sink",
      envelope: "secret_envelope",
      id: "id",
      contextOf,
    }),
    contextOf,
  };
}

function toRecord(row: LinkSinkRow): LinkSinkRecord {
  return {
    id: row.id,
    linkId: row.link_id,
    kind: row.kind as SinkKind,
    settings: JSON.parse(row.settings),
    createdAt: new Date(row.created_at),
    ...(row.secret_envelope !== null && { secretEnvelope: row.secret_envelope }),
    ...(row.rendered_revision !== null && { renderedRevision: row.rendered_revision }),
    ...(row.rendered_at !== null && { renderedAt: new Date(row.rendered_at) }),
    ...(row.error !== null && { error: row.error }),
    ...(row.failed_at !== null && { failedAt: new Date(row.failed_at) }),
  };
}
