import { randomBytes } from "node:crypto";
import type { SealedStore } from "@stave/credential-vault";
import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { insertJob } from "./job-table.ts";
import type { NoticeWebhookRow, Schema } from "./schema.ts";
import { sealedColumn } from "./sealed-column.ts";

/** Who is told of what has happened to services. */
export type NoticeWebhook = {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** What it signs with, sealed for `["notice_webhooks", "secret", id]`. */
  readonly secretEnvelope: string;
  /** Why the last attempt has failed; gone with the next that does not. */
  readonly error?: string;
  readonly failedAt?: Date;
  readonly deliveredAt?: Date;
  readonly createdAt: Date;
};

export interface NoticeWebhookTable {
  /** Throws `WebhooksFull` when there are 20. */
  insert(webhook: Pick<NoticeWebhook, "name" | "url">, seal: (id: string) => Promise<string>): Promise<NoticeWebhook>;
  find(id: string): Promise<NoticeWebhook | undefined>;
  list(): Promise<readonly NoticeWebhook[]>;
  /** False when there was none. */
  remove(id: string): Promise<boolean>;
  noteDelivered(id: string): Promise<void>;
  noteFailed(id: string, error: string): Promise<void>;
  /**
   * Makes a job of this type for each webhook and each event of these types that nobody has made one for, oldest first, at most 100 events at a
   * time. Events from before the first call are nobody's. Answers whether there were any, or may be more.
   */
  dispatch(job: { readonly type: string; readonly events: readonly string[] }): Promise<boolean>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
  contextOf(id: string): readonly string[];
}

const maxWebhooks = 20;
const maxErrorLength = 1000;
const page = 100;
const cursor = "notice_cursor";

export function createNoticeWebhookTable(
  db: Kysely<Schema>,
  { actor, now, record }: { readonly actor: string; readonly now: () => Date; readonly record: RecordChange },
): NoticeWebhookTable {
  const contextOf = (id: string) => ["notice_webhooks", "secret", id];
  const all = () => db.selectFrom("notice_webhook").selectAll().orderBy("created_at").orderBy("id");
  return {
    insert: ({ name, url }, seal) =>
      db.transaction().execute(async (transaction) => {
        const others = await transaction.selectFrom("notice_webhook").select("id").execute();
        if (others.length >= maxWebhooks) {
          throw new ControlDatabaseError("WebhooksFull", `There are at most ${maxWebhooks} webhooks for notices.`);
        }
        const id = randomBytes(8).toString("hex");
        const row: NoticeWebhookRow = {
          id,
          name,
          url,
          secret_envelope: await seal(id),
          error: null,
          failed_at: null,
          delivered_at: null,
          created_at: now().toISOString(),
        };
        await transaction.insertInto("notice_webhook").values(row).execute();
        await record(transaction, {
          action: "notice-webhook:create",
          subject: `webhook:${id}`,
          details: { name, url },
        });
        return toRecord(row);
      }),
    async find(id) {
      const row = await db.selectFrom("notice_webhook").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toRecord(row);
    },
    async list() {
      return (await all().execute()).map(toRecord);
    },
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom("notice_webhook")
          .where("id", "=", id)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return false;
        await record(transaction, { action: "notice-webhook:remove", subject: `webhook:${id}`, details: {} });
        return true;
      }),
    async noteDelivered(id) {
      const change = { delivered_at: now().toISOString(), error: null, failed_at: null };
      await db.updateTable("notice_webhook").set(change).where("id", "=", id).execute();
    },
    async noteFailed(id, error) {
      const change = { error: error.slice(0, maxErrorLength), failed_at: now().toISOString() };
      await db.updateTable("notice_webhook").set(change).where("id", "=", id).execute();
    },
    async dispatch({ type, events: wanted }) {
      const [last, known] = await Promise.all([
        db.selectFrom("setting").select("value").where("name", "=", "last_event_id").executeTakeFirst(),
        db.selectFrom("setting").select("value").where("name", "=", cursor).executeTakeFirst(),
      ]);
      const newest = last?.value ?? "0";
      if (known?.value === newest) return false;
      if (known === undefined) {
        const first = db.insertInto("setting").values({ name: cursor, value: newest });
        await first.onConflict((conflict) => conflict.column("name").doNothing()).execute();
        return false;
      }
      return await db.transaction().execute(async (transaction) => {
        const events = await transaction
          .selectFrom("event")
          .selectAll()
          .where("id", ">", Number(known.value))
          .orderBy("id")
          .limit(page)
          .execute();
        // None: they are not kept any more.
        const next = String(events.at(-1)?.id ?? newest);
        const { numUpdatedRows } = await transaction
          .updateTable("setting")
          .set({ value: next })
          .where("name", "=", cursor)
          .where("value", "=", known.value)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return true; // another process was first
        const ours = events.filter((event) => wanted.includes(event.type));
        const hasMore = events.length === page;
        if (ours.length === 0) return hasMore;
        const webhooks = await transaction.selectFrom("notice_webhook").select("id").execute();
        for (const event of ours) {
          const notice = { eventId: Number(event.id), type: event.type, at: event.at, data: JSON.parse(event.data) };
          for (const { id: webhookId } of webhooks) {
            // Each is a subject of its own: one that is not taken holds up no other.
            const job = { type, subject: `webhook:${webhookId}:${event.id}`, data: { webhookId, notice } };
            await insertJob(transaction, job, { actor, now, record });
          }
        }
        return true;
      });
    },
    sealed: sealedColumn(db, {
      name: "notice_webhooks",
      table: "notice_webhook",
      envelope: "secret_envelope",
      id: "id",
      contextOf,
    }),
    contextOf,
  };
}

function toRecord(row: NoticeWebhookRow): NoticeWebhook {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    secretEnvelope: row.secret_envelope,
    createdAt: new Date(row.created_at),
    ...(row.error !== null && { error: row.error }),
    ...(row.failed_at !== null && { failedAt: new Date(row.failed_at) }),
    ...(row.delivered_at !== null && { deliveredAt: new Date(row.delivered_at) }),
  };
}
