import type { CanaryStore } from "@stave/credential-vault";
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** Of the setting. */
export const canaryName = "vault_canary";
const name = canaryName;

/** The canary of the vault, among the settings. */
export function createCanarySetting(db: Kysely<Schema>): CanaryStore {
  return {
    async read() {
      const row = await db.selectFrom("setting").select("value").where("name", "=", name).executeTakeFirst();
      return row?.value;
    },
    async insert(value) {
      await db
        .insertInto("setting")
        .values({ name, value })
        .onConflict((conflict) => conflict.column("name").doNothing())
        .execute();
    },
    async replace(before, after) {
      const { numUpdatedRows } = await db
        .updateTable("setting")
        .set({ value: after })
        .where("name", "=", name)
        .where("value", "=", before)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
