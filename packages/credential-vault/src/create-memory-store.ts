import type { AccessKeyRecord, AccessKeyStore } from "./access-key-store.ts";
import { keyIdOf } from "./envelope.ts";
import type { CanaryStore } from "./open-vault.ts";
import type { SecretRecord, SecretStore } from "./secret-store.ts";
import { VaultError } from "./vault-error.ts";

/** What a store of this package keeps, to be saved elsewhere. */
export type VaultContent = {
  canary?: string | undefined;
  readonly accessKeys: Map<string, AccessKeyRecord>;
  readonly secrets: Map<string, SecretRecord>;
};

export interface VaultStore {
  readonly canary: CanaryStore;
  readonly accessKeys: AccessKeyStore;
  readonly secrets: SecretStore;
}

/**
 * Keeps everything in memory. `onChange` is awaited after each change, before the caller hears of it; when it rejects, the
 * change is taken back.
 *
 * @example
 * const { canary, accessKeys, secrets } = createMemoryStore();
 */
export function createMemoryStore({
  content = { accessKeys: new Map(), secrets: new Map() },
  now = () => new Date(),
  onChange = async () => {},
}: {
  readonly content?: VaultContent;
  /** @default the system clock */
  readonly now?: () => Date;
  readonly onChange?: (content: VaultContent) => Promise<void>;
} = {}): VaultStore {
  const { accessKeys, secrets } = content;
  const change = async <Item>(map: Map<string, Item>, items: ReadonlyMap<string, Item | undefined>): Promise<void> => {
    const before = new Map([...items.keys()].map((key) => [key, map.get(key)]));
    assign(map, items);
    try {
      await onChange(content);
    } catch (error) {
      assign(map, before);
      throw error;
    }
  };
  const put = (...records: readonly AccessKeyRecord[]): Promise<void> =>
    change(accessKeys, new Map(records.map((record) => [record.accessKeyId, record])));
  const putCanary = async (envelope: string): Promise<void> => {
    const before = content.canary;
    content.canary = envelope;
    try {
      await onChange(content);
    } catch (error) {
      content.canary = before;
      throw error;
    }
  };
  const contextOf = (name: string) => ["secrets", name];

  return {
    canary: {
      read: async () => content.canary,
      async insert(envelope) {
        if (content.canary === undefined) await putCanary(envelope);
      },
      async replace(before, after) {
        if (content.canary !== before) return false;
        await putCanary(after);
        return true;
      },
    },
    accessKeys: {
      async insert(record) {
        if (accessKeys.has(record.accessKeyId)) {
          throw new VaultError("StoreUnusable", "The access key id is taken: try again.");
        }
        await put(record);
      },
      find: async (accessKeyId) => accessKeys.get(accessKeyId),
      list: async ({ ownerId, after = "", limit }) =>
        [...accessKeys.values()]
          .filter((record) => record.accessKeyId > after && (ownerId === undefined || record.ownerId === ownerId))
          .sort((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1))
          .slice(0, limit),
      async change(accessKeyId, change) {
        const record = accessKeys.get(accessKeyId);
        if (record === undefined || record.revokedAt !== undefined) return false;
        await put({ ...record, ...change });
        return true;
      },
      async reseal(accessKeyId, before, after) {
        const record = accessKeys.get(accessKeyId);
        if (record?.secretEnvelope !== before) return false;
        await put({ ...record, secretEnvelope: after });
        return true;
      },
      async noteUsed(uses) {
        const known = [...uses].flatMap(([accessKeyId, lastUsedAt]) => {
          const record = accessKeys.get(accessKeyId);
          return record === undefined ? [] : [{ ...record, lastUsedAt }];
        });
        if (known.length > 0) await put(...known);
      },
    },
    secrets: {
      async insert(name, envelope) {
        if (secrets.has(name)) return false;
        await change(secrets, new Map([[name, { name, envelope, createdAt: now() }]]));
        return true;
      },
      list: async (prefix) =>
        [...secrets.values()].filter(({ name }) => name.startsWith(prefix)).sort((a, b) => (a.name < b.name ? -1 : 1)),
      remove: (name) => change(secrets, new Map([[name, undefined]])),
      contextOf,
      sealed: {
        name: "secrets",
        sealedOtherwise: async (keyId, { after = "", limit }) =>
          [...secrets.values()]
            .filter(({ name, envelope }) => name > after && keyIdOf(envelope) !== keyId)
            .sort((a, b) => (a.name < b.name ? -1 : 1))
            .slice(0, limit)
            .map(({ name, envelope }) => ({ id: name, envelope, context: contextOf(name) })),
        async reseal(name, before, after) {
          const record = secrets.get(name);
          if (record?.envelope !== before) return false;
          await change(secrets, new Map([[name, { ...record, envelope: after }]]));
          return true;
        },
      },
    },
  };
}

function assign<Item>(map: Map<string, Item>, items: ReadonlyMap<string, Item | undefined>): void {
  for (const [key, item] of items) {
    if (item === undefined) map.delete(key);
    else map.set(key, item);
  }
}
