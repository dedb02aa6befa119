import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ControlDatabase, inspectSqlite, openControlDatabase, watchRevision } from "@stave/control-database";
import { type AccessKeys, checkKeyFile, createAccessKeys, openVault, type Vault } from "@stave/credential-vault";
import { type ObjectKeys, openObjectKeys } from "./object-keys.ts";

/** What this server keeps beside the objects: accounts and access keys, and what their secrets are sealed with. */
export type Control = {
  readonly database: ControlDatabase;
  readonly vault: Vault;
  /** The access keys, as this process uses them; who changes them names himself: see {@link accessKeysFor}. */
  readonly accessKeys: AccessKeys;
  readonly objectKeys: ObjectKeys;
  /** Of what requests are decided by: see `watchRevision`. */
  revision(): number;
  close(): Promise<void>;
};

export type ControlPlaces = {
  readonly dataDirectory: string;
  /** The key file named by the operator. */
  readonly encryptionKeyFile: string | undefined;
};

export function controlDatabaseFile(dataDirectory: string): string {
  return join(dataDirectory, "control.sqlite");
}

/** The key that opens every secret of the control database. */
export function encryptionKeyFile({ dataDirectory, encryptionKeyFile: named }: ControlPlaces): string {
  return named ?? join(dataDirectory, "encryption_key");
}

/**
 * Throws what {@link openControl} would, damage of the whole control database included, and neither makes nor changes anything: so a start
 * is refused before it has touched the data directory.
 */
export async function checkControl(places: ControlPlaces): Promise<void> {
  const file = controlDatabaseFile(places.dataDirectory);
  const { canary } = existsSync(file) ? inspectSqlite(file) : { canary: undefined };
  await checkKeyFile(encryptionKeyFile(places), canary);
}

/**
 * Opens, and the very first time makes, the control database and its key file. Throws `ControlDatabaseError` and `VaultError`, whose
 * messages say what to do: a key file that is missing, damaged, exposed or of another installation is never replaced.
 *
 * With `mustExist`, a data directory without a control database is refused, and none is made.
 */
export async function openControl(
  places: ControlPlaces,
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<Control> {
  const file = controlDatabaseFile(places.dataDirectory);
  const database = await openControlDatabase({ at: { file }, mustExist });
  try {
    const vault = await openVault({ keyFile: encryptionKeyFile(places), canary: database.canary });
    const { accessKeys: store, secrets } = database.as("system");
    const objectKeys = await openObjectKeys({ secrets, vault });
    const watch = watchRevision(file);
    const accessKeys = createAccessKeys({ vault, store });
    return {
      database,
      vault,
      accessKeys,
      objectKeys,
      revision: watch.revision,
      async close() {
        watch.close();
        await accessKeys.flushUsed().finally(() => database.close());
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The access keys for who changes them: the audit log names the actor. */
export function accessKeysFor(actor: string, { database, vault }: Pick<Control, "database" | "vault">): AccessKeys {
  return createAccessKeys({ vault, store: database.as(actor).accessKeys });
}
