import type { SealedStore, SecretContext } from "@stave/credential-vault";
import { type Kysely, sql } from "kysely";
import type { Schema } from "./schema.ts";

export type SealedColumn = {
  /** Of the store, as a rotation tells of it. */
  readonly name: string;
  readonly table: keyof Schema;
  /** The column with the envelopes; null where nothing is sealed. */
  readonly envelope: string;
  /** The column that names a row. */
  readonly id: string;
  /** Ids are numbers in the database. */
  readonly hasNumericId?: boolean;
  readonly contextOf: (id: string) => SecretContext;
};

/** The sealed secrets of a table, for a rotation of the key that seals them. */
export function sealedColumn(db: Kysely<Schema>, column: SealedColumn): SealedStore {
  const { name, hasNumericId = false, contextOf } = column;
  const table = sql.table(column.table);
  const envelope = sql.ref(column.envelope);
  const id = sql.ref(column.id);
  const toId = (text: string): string | number => (hasNumericId ? Number(text) : text);
  return {
    name,
    async sealedOtherwise(keyId, { after, limit }) {
      const prefix = `sv1.${keyId}.`;
      const isLater = after === undefined ? sql`true` : sql`${id} > ${toId(after)}`;
      // Not `like`: what stands for any character in a pattern may stand in the id of a key.
      const isOther = sql`substr(${envelope}, 1, ${sql.lit(prefix.length)}) <> ${prefix}`;
      const { rows } = await sql<{ id: string | number; envelope: string }>`
        select ${id} as id, ${envelope} as envelope from ${table} where ${isOther} and ${isLater} order by ${id} limit ${limit}
      `.execute(db);
      return rows.map((row) => ({
        id: String(row.id),
        envelope: row.envelope,
        context: contextOf(String(row.id)),
      }));
    },
    async reseal(rowId, before, after) {
      const { numAffectedRows = 0n } = await sql`
        update ${table} set ${envelope} = ${after} where ${id} = ${toId(rowId)} and ${envelope} = ${before}
      `.execute(db);
      return numAffectedRows > 0n;
    },
  };
}
