import type { AccessKeyRecord, AccessKeyStore } from "./access-key-store.ts";
import { keyIdOf } from "./envelope.ts";
import { type AccessKeyPair, generateAccessKey } from "./generate-access-key.ts";
import type { Vault } from "./open-vault.ts";
import type { SealedStore } from "./rotate-master.ts";
import type { SecretContext } from "./sealed-bytes.ts";
import { VaultError } from "./vault-error.ts";

/** What may be shown of an access key. */
export type AccessKeyInfo = Omit<AccessKeyRecord, "secretEnvelope">;

/** The only time that the secret is shown. */
export type IssuedAccessKey = AccessKeyPair & { readonly info: AccessKeyInfo };

export type IssueInput = Pick<AccessKeyRecord, "ownerId" | "expiresAt" | "scope"> & { readonly description?: string };

export interface AccessKeys {
  issue(input: IssueInput): Promise<IssuedAccessKey>;
  /**
   * Takes over a pair that was made elsewhere, such as one that clients have already. False when there is a key of this id: it stays as
   * it is.
   */
  adopt(pair: AccessKeyPair, input: IssueInput): Promise<boolean>;
  /** By access key id, revoked and expired ones included; `after` is exclusive. At most 1,000. */
  list(query?: {
    readonly ownerId?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly AccessKeyInfo[]>;
  find(accessKeyId: string): Promise<AccessKeyInfo | undefined>;
  /**
   * The secret of a key that may be used now; undefined for one that is unknown, revoked or expired. Throws what opening an
   * envelope throws.
   */
  secretOf(
    accessKeyId: string,
  ): Promise<{ readonly secretAccessKey: string; readonly info: AccessKeyInfo } | undefined>;
  /** From now on the key is refused, for good. Throws `AccessKeyNotFound`; revoking twice is no error. */
  revoke(accessKeyId: string): Promise<void>;
  /** Throws `AccessKeyNotFound`, and `AccessKeyNotActive` for a key that is revoked or has expired. */
  expire(accessKeyId: string, expiresAt: Date): Promise<void>;
  /**
   * A new pair with the owner, description and scope of an old one, which goes on to work for `graceMs` (0: not at all) and never
   * longer than it would have. Throws `AccessKeyNotFound` and `AccessKeyNotActive`.
   */
  rotate(accessKeyId: string, options: { readonly graceMs: number }): Promise<IssuedAccessKey>;
  /** Collects, and writes in one go at `flushUsed`: a write for each request would cost more than the request. */
  noteUsed(accessKeyId: string): void;
  flushUsed(): Promise<void>;
  /** For `rotateMaster`. */
  readonly sealed: SealedStore;
}

export interface AccessKeysOptions {
  readonly vault: Vault;
  readonly store: AccessKeyStore;
  /** @default the system clock */
  readonly now?: () => Date;
}

const maxDescriptionLength = 256;
const maxPage = 1000;
/** Who tries ids at random must not fill the memory. */
const maxNoted = 100_000;

/**
 * Issues, finds, rotates and revokes access keys. Secrets are sealed with the vault and shown once.
 *
 * @example
 * const keys = createAccessKeys({ vault, store });
 * const { accessKeyId, secretAccessKey } = await keys.issue({ ownerId: "alice", description: "backup" });
 */
export function createAccessKeys({ vault, store, now = () => new Date() }: AccessKeysOptions): AccessKeys {
  let used = new Map<string, Date>();

  const insert = async (
    { accessKeyId, secretAccessKey }: AccessKeyPair,
    { description = "", ...input }: IssueInput,
  ): Promise<AccessKeyInfo> => {
    if (description.length > maxDescriptionLength) {
      throw new TypeError(`Expected \`description\` to be at most ${maxDescriptionLength} characters`);
    }
    const secretEnvelope = await vault.seal(secretAccessKey, contextOf(accessKeyId));
    const record = { ...input, description, accessKeyId, secretEnvelope, createdAt: now() };
    await store.insert(record);
    return show(record);
  };

  const issue = async (input: IssueInput): Promise<IssuedAccessKey> => {
    const pair = generateAccessKey();
    return { ...pair, info: await insert(pair, input) };
  };

  const require = async (accessKeyId: string): Promise<AccessKeyRecord> => {
    const record = await store.find(accessKeyId);
    if (record === undefined) throw new VaultError("AccessKeyNotFound", `There is no access key ${accessKeyId}.`);
    return record;
  };

  const requireActive = async (accessKeyId: string): Promise<AccessKeyRecord> => {
    const record = await require(accessKeyId);
    if (!isActive(record, now())) throw notActive(accessKeyId);
    return record;
  };

  return {
    issue,
    async adopt(pair, input) {
      if ((await store.find(pair.accessKeyId)) !== undefined) return false;
      await insert(pair, input);
      return true;
    },
    async list({ limit = maxPage, ...query } = {}) {
      return (await store.list({ ...query, limit: Math.min(limit, maxPage) })).map(show);
    },
    async find(accessKeyId) {
      const record = await store.find(accessKeyId);
      return record && show(record);
    },
    async secretOf(accessKeyId) {
      const record = await store.find(accessKeyId);
      if (record === undefined || !isActive(record, now())) return undefined;
      const secretAccessKey = await vault.open(record.secretEnvelope, contextOf(accessKeyId));
      return { secretAccessKey, info: show(record) };
    },
    async revoke(accessKeyId) {
      const { revokedAt } = await require(accessKeyId);
      if (revokedAt === undefined) await store.change(accessKeyId, { revokedAt: now() });
    },
    async expire(accessKeyId, expiresAt) {
      await requireActive(accessKeyId);
      if (!(await store.change(accessKeyId, { expiresAt }))) throw notActive(accessKeyId);
    },
    async rotate(accessKeyId, { graceMs }) {
      const { ownerId, description, scope, expiresAt } = await requireActive(accessKeyId);
      const issued = await issue({
        ownerId,
        description,
        ...(scope !== undefined && { scope }),
        ...(expiresAt && { expiresAt }),
      });
      const end = new Date(now().getTime() + Math.max(0, graceMs));
      const isChanged = await store.change(accessKeyId, {
        replacedBy: issued.accessKeyId,
        expiresAt: expiresAt !== undefined && expiresAt < end ? expiresAt : end,
      });
      if (isChanged) return issued;
      await store.change(issued.accessKeyId, { revokedAt: now() }); // who revoked the old one did not mean to leave another
      throw notActive(accessKeyId);
    },
    noteUsed(accessKeyId) {
      if (used.size < maxNoted) used.set(accessKeyId, now());
    },
    async flushUsed() {
      if (used.size === 0) return;
      const noted = used;
      used = new Map();
      await store.noteUsed(noted);
    },
    sealed: {
      name: "access_keys",
      async sealedOtherwise(keyId, { after, limit }) {
        const found: AccessKeyRecord[] = [];
        for (let last = after; found.length < limit; ) {
          const page = await store.list({ after: last, limit: maxPage });
          found.push(...page.filter(({ secretEnvelope }) => !isSealedWith(secretEnvelope, keyId)));
          last = page.at(-1)?.accessKeyId;
          if (page.length < maxPage) break;
        }
        return found.slice(0, limit).map(({ accessKeyId, secretEnvelope }) => ({
          id: accessKeyId,
          envelope: secretEnvelope,
          context: contextOf(accessKeyId),
        }));
      },
      reseal: (accessKeyId, before, after) => store.reseal(accessKeyId, before, after),
    },
  };
}

function contextOf(accessKeyId: string): SecretContext {
  return ["access_keys", "secret", accessKeyId];
}

function isActive({ revokedAt, expiresAt }: AccessKeyRecord, now: Date): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
}

function isSealedWith(envelope: string, keyId: string): boolean {
  try {
    return keyIdOf(envelope) === keyId;
  } catch {
    return false; // the rotation reports it
  }
}

function show({ secretEnvelope: _, ...info }: AccessKeyRecord): AccessKeyInfo {
  return info;
}

function notActive(accessKeyId: string): VaultError {
  return new VaultError("AccessKeyNotActive", `The access key ${accessKeyId} is revoked or has expired.`);
}
