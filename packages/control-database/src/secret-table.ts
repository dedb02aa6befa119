import type { SealedStore, SecretContext } from "@stave/credential-vault";
import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { raiseRevision } from "./revision.ts";
import type { Schema } from "./schema.ts";
import { sealedColumn } from "./sealed-column.ts";

/** A sealed value of the installation. Its context in the vault is `["secrets", name]`. */
export type SecretRecord = { readonly name: string; readonly envelope: string; readonly createdAt: Date };

/** Secrets that belong to no record of their own: keys that objects and tokens are sealed with. */
export interface SecretTable {
  /** False when there is one of this name: it stays. */
  insert(name: string, envelope: string): Promise<boolean>;
  /** Those whose name begins so, by name. */
  list(prefix: string): Promise<readonly SecretRecord[]>;
  remove(name: string): Promise<void>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
  contextOf(name: string): SecretContext;
}

export function createSecretTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): SecretTable {
  const contextOf = (name: string) => ["secrets", name];
  return {
    insert: (name, envelope) =>
      db.transaction().execute(async (transaction) => {
        const { numInsertedOrUpdatedRows = 0n } = await transaction
          .insertInto("secret")
          .values({ name, envelope, created_at: now().toISOString() })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return false;
        await record(transaction, { action: "secret:create", subject: name });
        await raiseRevision(transaction);
        return true;
      }),
    async list(prefix) {
      // There are few, and databases differ in what they take for the order of texts, and for equal in `like`.
      const rows = await db.selectFrom("secret").selectAll().orderBy("name").execute();
      return rows
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, envelope, created_at }) => ({ name, envelope, createdAt: new Date(created_at) }));
    },
    remove: (name) =>
      db.transaction().execute(async (transaction) => {
        const { numDeletedRows } = await transaction.deleteFrom("secret").where("name", "=", name).executeTakeFirst();
        if (numDeletedRows === 0n) return;
        await record(transaction, { action: "secret:remove", subject: name });
        await raiseRevision(transaction);
      }),
    sealed: sealedColumn(db, { name: "secrets", table: "secret", envelope: "envelope", id: "name", contextOf }),
    contextOf,
  };
}
