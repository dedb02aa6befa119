import type { AccessKeyRecord, AccessKeyStore } from "./access-key-store.ts";
import type { CanaryStore } from "./open-vault.ts";
import { VaultError } from "./vault-error.ts";

/** What a store of this package keeps, to be saved elsewhere. */
export type VaultContent = { canary?: string | undefined; readonly accessKeys: Map<string, AccessKeyRecord> };

export interface VaultStore {
  readonly canary: CanaryStore;
  readonly accessKeys: AccessKeyStore;
}

/**
 * Keeps everything in memory. `onChange` is awaited after each change, before the caller hears of it; when it rejects, the
 * change is taken back.
 *
 * @example
 * const { canary, accessKeys } = createMemoryStore();
 */
export function createMemoryStore({
  content = { accessKeys: new Map() },
  onChange = async () => {},
}: {
  readonly content?: VaultContent;
  readonly onChange?: (content: VaultContent) => Promise<void>;
} = {}): VaultStore {
  const { accessKeys } = content;
  const put = async (...records: readonly AccessKeyRecord[]): Promise<void> => {
    const before = new Map(records.map(({ accessKeyId }) => [accessKeyId, accessKeys.get(accessKeyId)]));
    for (const record of records) accessKeys.set(record.accessKeyId, record);
    try {
      await onChange(content);
    } catch (error) {
      for (const [accessKeyId, record] of before) {
        if (record === undefined) accessKeys.delete(accessKeyId);
        else accessKeys.set(accessKeyId, record);
      }
      throw error;
    }
  };
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
  };
}
