import { type Kysely, sql, type Transaction } from "kysely";
import type { EventRow, Schema } from "./schema.ts";

/** Something that those who watch want to know at once. */
export type EventRecord = {
  /** Grows in the order in which events were committed, by whatever process. */
  readonly id: number;
  readonly at: Date;
  /** `job`, `service`, `service:health`, … */
  readonly type: string;
  /** `job:…`, `service:10` */
  readonly subject: string;
  /** Plain data, no secrets. */
  readonly data: Readonly<Record<string, unknown>>;
};

export type NewEvent = Pick<EventRecord, "type" | "subject" | "data">;

/** Events are kept for a while, so that who was cut off can go on where he was. */
export interface EventTable {
  /** Oldest first; `after` is the id of an event, exclusive. */
  list(query: { readonly after: number; readonly limit: number }): Promise<readonly EventRecord[]>;
  /** The id of the newest event that there has ever been, and of the oldest that is kept. */
  range(): Promise<{ readonly last: number; readonly first: number }>;
  /** Keeps the newest. */
  prune(kept: number): Promise<number>;
}

const counter = "last_event_id";

/** In the transaction of what the event is about: it is told when that has happened, and only then. */
export async function addEvent(
  transaction: Transaction<Schema>,
  { type, subject, data }: NewEvent,
  now: Date,
): Promise<void> {
  // One row for all: its lock lets ids become visible in their order.
  const { value } = await transaction
    .insertInto("setting")
    .values({ name: counter, value: "1" })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet({ value: sql<string>`cast(cast(setting.value as bigint) + 1 as text)` }),
    )
    .returning("value")
    .executeTakeFirstOrThrow();
  const row: EventRow = { id: Number(value), at: now.toISOString(), type, subject, data: JSON.stringify(data) };
  await transaction.insertInto("event").values(row).execute();
}

export function createEventTable(db: Kysely<Schema>): EventTable {
  const lastId = async (): Promise<number> => {
    const row = await db.selectFrom("setting").select("value").where("name", "=", counter).executeTakeFirst();
    return Number(row?.value ?? 0);
  };
  return {
    async list({ after, limit }) {
      const rows = await db
        .selectFrom("event")
        .selectAll()
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(({ id, at, data, ...row }) => ({
        ...row,
        id: Number(id),
        at: new Date(at),
        data: JSON.parse(data),
      }));
    },
    async range() {
      const last = await lastId();
      const row = await db.selectFrom("event").select("id").orderBy("id").limit(1).executeTakeFirst();
      return { last, first: Number(row?.id ?? last + 1) };
    },
    async prune(kept) {
      const { numDeletedRows } = await db
        .deleteFrom("event")
        .where("id", "<=", (await lastId()) - kept)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
