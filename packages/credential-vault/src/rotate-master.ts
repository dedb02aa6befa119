import { type CanaryStore, resealCanary, type Vault } from "./open-vault.ts";
import type { SecretContext } from "./sealed-bytes.ts";
import { VaultError, type VaultErrorCode } from "./vault-error.ts";

export type SealedSecret = { readonly id: string; readonly envelope: string; readonly context: SecretContext };

/** A place with sealed secrets. */
export interface SealedStore {
  /** For reports: `access_keys`. */
  readonly name: string;
  /** By id, those that were not sealed with `keyId`; `after` is exclusive. */
  sealedOtherwise(
    keyId: string,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<readonly SealedSecret[]>;
  /** Replaces `before`; false when it is another one by now, or gone. */
  reseal(id: string, before: string, after: string): Promise<boolean>;
}

export interface RotateMasterOptions {
  readonly vault: Vault;
  readonly canary: CanaryStore;
  readonly stores: readonly SealedStore[];
  /** @default the system clock */
  readonly now?: () => Date;
  /**
   * How long the old key stays in the key file when all is sealed again: another process may have been about to write with it.
   * @default 86,400,000 (a day)
   */
  readonly keepRetiredMs?: number;
  /** After each page of secrets. */
  readonly onProgress?: (resealed: number) => void;
}

export type RotateMasterReport = {
  readonly keyId: string;
  /** Secrets that this call has sealed again. */
  readonly resealed: number;
  /** False when a rotation that had begun before was gone on with. */
  readonly madeKey: boolean;
  /** Secrets that do not open. While there are any, the rotation has not ended and no key is forgotten. */
  readonly unreadable: readonly { readonly store: string; readonly id: string; readonly code: VaultErrorCode }[];
  /** Keys of earlier rotations that were taken out of the key file. */
  readonly forgottenKeys: number;
};

const pageSize = 100;
const dayMs = 86_400_000;

/**
 * Gives the vault a new key and seals every secret with it. May be interrupted at any point and called again: it goes on where
 * it was. All secrets can be read all the time.
 *
 * @example
 * const { keyId, resealed } = await rotateMaster({ vault, canary, stores: [accessKeys.sealed] });
 */
export async function rotateMaster(options: RotateMasterOptions): Promise<RotateMasterReport> {
  const { vault, canary, stores, now = () => new Date(), keepRetiredMs = dayMs, onProgress = () => {} } = options;
  const madeKey = await vault.beginRotation();
  const keyId = await vault.currentKeyId();
  const unreadable: { store: string; id: string; code: VaultErrorCode }[] = [];
  let resealed = 0;
  for (const store of stores) {
    for await (const { id, envelope, context } of walk(store, keyId)) {
      try {
        const after = await vault.seal(await vault.open(envelope, context), context);
        if (await store.reseal(id, envelope, after)) resealed += 1;
      } catch (error) {
        if (!(error instanceof VaultError) || !isOfSecret(error.code)) throw error;
        unreadable.push({ store: store.name, id, code: error.code });
      }
      if (resealed % pageSize === 0) onProgress(resealed);
    }
  }
  if (unreadable.length > 0) return { keyId, resealed, madeKey, unreadable, forgottenKeys: 0 };
  await resealCanary(vault, canary);
  const forgottenKeys = await vault.forgetRetired(new Date(now().getTime() - keepRetiredMs));
  return { keyId, resealed, madeKey, unreadable, forgottenKeys };
}

async function* walk(store: SealedStore, keyId: string): AsyncGenerator<SealedSecret> {
  for (let after: string | undefined; ; ) {
    const page = await store.sealedOtherwise(keyId, { after, limit: pageSize });
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < pageSize) return;
  }
}

function isOfSecret(code: VaultErrorCode): boolean {
  return code === "EnvelopeInvalid" || code === "EnvelopeTampered" || code === "KeyUnknown";
}
