import { keyIdOf, openEnvelope, sealEnvelope } from "./envelope.ts";
import { createKey, createKeyFile, type KeyFileContent, readKeyFile, replaceKeyFile } from "./key-file.ts";
import type { SecretContext, VaultKey } from "./sealed-bytes.ts";
import { VaultError } from "./vault-error.ts";

/**
 * One sealed text that lives with the secrets, in their database: it tells on every start whether the key file belongs to
 * them.
 */
export interface CanaryStore {
  read(): Promise<string | undefined>;
  /** Keeps the first one: when there is one already, nothing happens. */
  insert(envelope: string): Promise<void>;
  /** Replaces `before`; false when it is another one by now. */
  replace(before: string, after: string): Promise<boolean>;
}

export interface OpenVaultOptions {
  /** @example "/var/lib/stave/encryption_key" */
  readonly keyFile: string;
  readonly canary: CanaryStore;
  /** @default the system clock */
  readonly now?: () => Date;
}

export type VaultKeyIds = {
  readonly current: string;
  readonly retired: readonly { readonly id: string; readonly retiredAt: Date }[];
};

/** Seals and opens secrets with the keys of a key file. */
export interface Vault {
  /** The id of the key that seals. */
  currentKeyId(): Promise<string>;
  /** The ids of all keys of the key file: of the one that seals, and of those that only open. */
  keyIds(): Promise<VaultKeyIds>;
  seal(plaintext: string, context: SecretContext): Promise<string>;
  /** Throws `EnvelopeInvalid`, `EnvelopeTampered`, and `KeyUnknown` for a key that the key file does not have. */
  open(envelope: string, context: SecretContext): Promise<string>;
  /**
   * Makes a new current key. What was sealed before still opens; see `rotateMaster`, which seals it again. A rotation that has
   * not ended is gone on with: then there is no second new key. True when a key was made.
   */
  beginRotation(): Promise<boolean>;
  /** Takes keys out of the key file that were retired before `retiredBefore`. They open nothing any more. */
  forgetRetired(retiredBefore: Date): Promise<number>;
}

const canaryContext = ["vault", "canary"];
const canaryText = "This key file belongs to this database.";

/**
 * Opens the vault. The key file is created on the very first start only, when there is neither a key file nor a canary.
 *
 * Throws `KeyFileMissing`, `KeyFileMismatch` and what `readKeyFile` throws; a server should refuse to start then, and show the
 * message, which says what to do.
 *
 * @example
 * const vault = await openVault({ keyFile: "/var/lib/stave/encryption_key", canary });
 * const envelope = await vault.seal("s3cr3t", ["services", "password", "42"]);
 */
export async function openVault({ keyFile, canary, now = () => new Date() }: OpenVaultOptions): Promise<Vault> {
  const sealed = await canary.read();
  const existing = await readKeyFile(keyFile);
  if (existing === undefined && sealed !== undefined) throw missing(keyFile, keyIdOf(sealed));
  let content = existing ?? (await createKeyFile(keyFile));
  if (sealed === undefined) await canary.insert(sealEnvelope(content.current, canaryText, canaryContext));
  const kept = await canary.read();
  if (kept === undefined) throw new VaultError("StoreUnusable", "The database does not keep the canary of the vault.");
  checkCanary(keyFile, content, kept);

  const reload = async (): Promise<KeyFileContent> => {
    const read = await readKeyFile(keyFile);
    if (read === undefined) throw missing(keyFile, content.current.id);
    content = read;
    return read;
  };

  return {
    // Another process may have rotated: sealing is rare, and with a key that is going away it would lose the secret.
    currentKeyId: async () => (await reload()).current.id,
    async keyIds() {
      const { current, retired } = await reload();
      return { current: current.id, retired: retired.map(({ id, retiredAt }) => ({ id, retiredAt })) };
    },
    seal: async (plaintext, context) => sealEnvelope((await reload()).current, plaintext, context),
    async open(envelope, context) {
      const id = keyIdOf(envelope);
      const key = findKey(content, id) ?? findKey(await reload(), id);
      if (key === undefined) throw unknownKey(keyFile, id);
      return openEnvelope(key, envelope, context);
    },
    async beginRotation() {
      const { current, retired } = await reload();
      const sealed = await canary.read();
      if (sealed !== undefined && keyIdOf(sealed) !== current.id) return false; // the canary is sealed again last
      await replaceKeyFile(keyFile, {
        current: createKey(),
        retired: [...retired, { ...current, retiredAt: now() }],
      });
      return true;
    },
    async forgetRetired(retiredBefore) {
      const { current, retired } = await reload();
      const kept = retired.filter(({ retiredAt }) => retiredAt >= retiredBefore);
      if (kept.length < retired.length) await replaceKeyFile(keyFile, { current, retired: kept });
      return retired.length - kept.length;
    },
  };
}

/**
 * Throws what `openVault` would, and makes nothing: for a start that is to be refused before anything is touched. `canary`: what the
 * database has, undefined before the very first start.
 */
export async function checkKeyFile(keyFile: string, canary: string | undefined): Promise<void> {
  const content = await readKeyFile(keyFile);
  if (canary === undefined) return;
  if (content === undefined) throw missing(keyFile, keyIdOf(canary));
  checkCanary(keyFile, content, canary);
}

/** Seals the canary again: the last step of a rotation. */
export async function resealCanary(vault: Vault, canary: CanaryStore): Promise<void> {
  const before = await canary.read();
  if (before === undefined || keyIdOf(before) === (await vault.currentKeyId())) return;
  await canary.replace(before, await vault.seal(canaryText, canaryContext));
}

function checkCanary(keyFile: string, content: KeyFileContent, sealed: string): void {
  const id = keyIdOf(sealed);
  const key = findKey(content, id);
  if (key === undefined) throw mismatch(keyFile, content, id);
  if (openEnvelope(key, sealed, canaryContext) !== canaryText) throw mismatch(keyFile, content, id);
}

function findKey({ current, retired }: KeyFileContent, id: string): VaultKey | undefined {
  return current.id === id ? current : retired.find((key) => key.id === id);
}

function missing(keyFile: string, keyId: string): VaultError {
  return new VaultError(
    "KeyFileMissing",
    `The key file ${keyFile} is missing, and the database holds secrets that only its key ${keyId} opens: access keys, ` +
      "the keys of encrypted objects, service credentials, tokens. Restore the file from a backup. Without it they are lost; a new file would not open them, so none is created.",
  );
}

function mismatch(keyFile: string, { current }: KeyFileContent, id: string): VaultError {
  return new VaultError(
    "KeyFileMismatch",
    `The key file ${keyFile} has the key ${current.id}, and the secrets in the database were sealed with the key ${id}. ` +
      "They belong to different installations or backups: restore the key file that was saved with this database.",
  );
}

function unknownKey(keyFile: string, id: string): VaultError {
  return new VaultError(
    "KeyUnknown",
    `A secret was sealed with the key ${id}, which the key file ${keyFile} does not have. Restore a key file that has it.`,
  );
}
