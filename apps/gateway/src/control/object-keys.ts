import { randomBytes } from "node:crypto";
import type { ControlTables } from "@stave/control-database";
import { toVaultKey, type Vault, type VaultKey } from "@stave/credential-vault";
import type { MasterKeys } from "../encryption/master-keys.ts";

/** The master keys of encrypted objects. They are kept in the control database, sealed by the vault. */
export interface ObjectKeys extends MasterKeys {
  /** Reads them again: another process may have made one. */
  reload(): Promise<void>;
}

/** Of their names among the secrets. */
export const objectKeyPrefix = "object-key/";
const keyBytes = 32;
/**
 * A new key seals nothing for so long: every process looks for new ones more often than that, and can read by then what another
 * one seals.
 */
const seasoningMs = 10_000;

type Sealed = { readonly secrets: ControlTables["secrets"]; readonly vault: Vault };

type ObjectKey = VaultKey & { readonly createdAtMs: number };

/** Makes the first key when there is none; there is one ever since the control database was made. */
export async function openObjectKeys(
  sealed: Sealed,
  { nowMs = Date.now }: { readonly nowMs?: () => number } = {},
): Promise<ObjectKeys> {
  let keys = await readKeys(sealed);
  if (keys.length === 0) {
    await makeObjectKey(sealed);
    keys = await readKeys(sealed);
  }
  return {
    current() {
      const seasonedMs = nowMs() - seasoningMs;
      const key = keys.findLast(({ createdAtMs }) => createdAtMs <= seasonedMs) ?? keys[0];
      if (key === undefined) throw new Error("The control database has no key for objects");
      return key;
    },
    find: (id) => keys.find((key) => key.id === id),
    async reload() {
      keys = await readKeys(sealed);
    },
  };
}

/** Some seconds from now on new objects are sealed with another key; the older ones are still needed for what is there. */
export async function makeObjectKey({ secrets, vault }: Sealed): Promise<VaultKey> {
  const key = toVaultKey(randomBytes(keyBytes));
  const name = objectKeyPrefix + key.id;
  await secrets.insert(name, await vault.seal(Buffer.from(key.bytes).toString("base64"), secrets.contextOf(name)));
  return key;
}

/** Oldest first. */
async function readKeys({ secrets, vault }: Sealed): Promise<readonly ObjectKey[]> {
  const records = (await secrets.list(objectKeyPrefix)).toSorted(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime(),
  );
  return await Promise.all(
    records.map(async ({ name, envelope, createdAt }) => ({
      ...toVaultKey(Buffer.from(await vault.open(envelope, secrets.contextOf(name)), "base64")),
      createdAtMs: createdAt.getTime(),
    })),
  );
}
