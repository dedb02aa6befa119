import { randomBytes } from "node:crypto";
import type { Vault } from "./open-vault.ts";
import { toVaultKey, type VaultKey } from "./sealed-bytes.ts";
import type { SecretRecord, SecretStore } from "./secret-store.ts";
import { VaultError } from "./vault-error.ts";

/** Keys that are random, and made for nothing else: who knows another secret of the installation cannot make a token. */
export interface TokenKeys {
  find(keyId: string): Promise<VaultKey | undefined>;
  /** The key that seals; made when there is none. */
  current(): Promise<VaultKey>;
  rotate(options: { readonly keepOld: boolean }): Promise<void>;
}

export type TokenKeysOptions = {
  readonly vault: Vault;
  readonly store: Pick<SecretStore, "insert" | "list" | "remove" | "contextOf">;
  readonly now: () => Date;
  /** A key is removed when no token that it has sealed can be alive. */
  readonly maxTokenSeconds: number;
};

/** And a number: the highest one seals. Who makes a key at the same time wants the same name, and one of them gets it. */
const prefix = "token-key/";
const keyBytes = 32;

export function createTokenKeys({ vault, store, now, maxTokenSeconds }: TokenKeysOptions): TokenKeys {
  let opened: ReadonlyMap<string, VaultKey> = new Map();

  /** Newest first. Read each time, as another process may have rotated; opened only once. */
  const read = async (): Promise<readonly TokenKey[]> => {
    const keys: TokenKey[] = [];
    for (const { name, envelope, createdAt } of await store.list(prefix)) {
      const key = opened.get(envelope) ?? parseKey(await vault.open(envelope, store.contextOf(name)));
      keys.push({ name, envelope, createdAt, key });
    }
    opened = new Map(keys.map(({ envelope, key }) => [envelope, key]));
    return keys.sort((a, b) => numberOf(b.name) - numberOf(a.name));
  };

  const add = async (number: number): Promise<boolean> => {
    const name = `${prefix}${number}`;
    const text = randomBytes(keyBytes).toString("base64");
    return store.insert(name, await vault.seal(text, store.contextOf(name)));
  };

  const readOrCreate = async (): Promise<readonly [TokenKey, ...TokenKey[]]> => {
    const keys = await read();
    if (hasOne(keys)) return keys;
    await add(1);
    const created = await read();
    if (hasOne(created)) return created;
    throw new VaultError("StoreUnusable", "The store does not keep the keys of session tokens.");
  };

  return {
    async find(keyId) {
      return (await read()).find(({ key }) => key.id === keyId)?.key;
    },
    async current() {
      return (await readOrCreate())[0].key;
    },
    async rotate({ keepOld }) {
      const old = await readOrCreate();
      // Who else has rotated meanwhile has made the key that is asked for.
      await add(numberOf(old[0].name) + 1);
      const aliveSince = now().getTime() - maxTokenSeconds * 1000;
      for (const [at, { name }] of old.entries()) {
        const retiredAt = old[at - 1]?.createdAt ?? now();
        if (!keepOld || retiredAt.getTime() <= aliveSince) await store.remove(name);
      }
    },
  };
}

type TokenKey = SecretRecord & { readonly key: VaultKey };

function hasOne(keys: readonly TokenKey[]): keys is readonly [TokenKey, ...TokenKey[]] {
  return keys.length > 0;
}

function numberOf(name: string): number {
  return Number(name.slice(prefix.length));
}

function parseKey(text: string): VaultKey {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === keyBytes) return toVaultKey(bytes);
  throw new VaultError("StoreUnusable", "A key of session tokens is none of this version.");
}
