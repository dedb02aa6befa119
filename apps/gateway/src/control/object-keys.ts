import { randomBytes } from "node:crypto";
import type { ControlTables } from "@stave/control-database";
import { toVaultKey, type Vault, type VaultKey } from "@stave/credential-vault";
import type { MasterKeys } from "../encryption/master-keys.ts";

/** The master keys of encrypted objects. They are kept in the control database, sealed by the vault. */
export interface ObjectKeys extends MasterKeys {
  /** Reads them again: another process may have made one. */
  reload(): Promise<void>;
}

const prefix = "object-key/";
const keyBytes = 32;

type Sealed = { readonly secrets: ControlTables["secrets"]; readonly vault: Vault };

/** Makes the first key when there is none; there is one ever since the control database was made. */
export async function openObjectKeys(sealed: Sealed): Promise<ObjectKeys> {
  let keys = await readKeys(sealed);
  if (keys.length === 0) {
    await makeObjectKey(sealed);
    keys = await readKeys(sealed);
  }
  return {
    current() {
      const newest = keys.at(-1);
      if (newest === undefined) throw new Error("The control database has no key for objects");
      return newest;
    },
    find: (id) => keys.find((key) => key.id === id),
    async reload() {
      keys = await readKeys(sealed);
    },
  };
}

/** From now on new objects are sealed with another key; the older ones are still needed for what is there. */
export async function makeObjectKey({ secrets, vault }: Sealed): Promise<VaultKey> {
  const key = toVaultKey(randomBytes(keyBytes));
  const name = prefix + key.id;
  await secrets.insert(name, await vault.seal(Buffer.from(key.bytes).toString("base64"), secrets.contextOf(name)));
  return key;
}

/** Oldest first. */
async function readKeys({ secrets, vault }: Sealed): Promise<readonly VaultKey[]> {
  const records = (await secrets.list(prefix)).toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return await Promise.all(
    records.map(async ({ name, envelope }) =>
      toVaultKey(Buffer.from(await vault.open(envelope, secrets.contextOf(name)), "base64")),
    ),
  );
}
