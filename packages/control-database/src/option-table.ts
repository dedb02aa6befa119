import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import type { Schema } from "./schema.ts";

/** What somebody may set for the whole installation, by name. */
export interface OptionTable {
  /** Undefined when it was never set. */
  read(name: string): Promise<string | undefined>;
  /** False, and nothing is changed, when it is no longer `before`. */
  replace(name: string, before: string | undefined, after: string): Promise<boolean>;
}

export function createOptionTable(db: Kysely<Schema>, record: RecordChange): OptionTable {
  // The table of settings has other things than these, which nobody may set.
  const rowOf = (name: string) => `option:${name}`;
  return {
    async read(name) {
      const query = db.selectFrom("setting").select("value").where("name", "=", rowOf(name));
      return (await query.executeTakeFirst())?.value;
    },
    replace: (name, before, after) =>
      db.transaction().execute(async (transaction) => {
        const changed =
          before === undefined
            ? await transaction
                .insertInto("setting")
                .values({ name: rowOf(name), value: after })
                .onConflict((conflict) => conflict.column("name").doNothing())
                .executeTakeFirst()
                .then(({ numInsertedOrUpdatedRows = 0n }) => numInsertedOrUpdatedRows)
            : await transaction
                .updateTable("setting")
                .set({ value: after })
                .where("name", "=", rowOf(name))
                .where("value", "=", before)
                .executeTakeFirst()
                .then(({ numUpdatedRows }) => numUpdatedRows);
        if (changed === 0n) return false;
        await record(transaction, { action: "option:change", subject: name, details: { before, after } });
        return true;
      }),
  };
}
