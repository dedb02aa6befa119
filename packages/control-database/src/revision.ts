import { sql, type Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** To be called in the transaction of every change that requests are decided by. */
export async function raiseRevision(transaction: Transaction<Schema>): Promise<void> {
  await transaction.updateTable("revision").set({ value: sql`value + 1` }).where("id", "=", 1).execute();
}
