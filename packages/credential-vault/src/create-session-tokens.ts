import { type AccessKeyPair, generateAccessKey } from "./generate-access-key.ts";
import type { Vault } from "./open-vault.ts";
import { openBytes, readSealed, type SealedFormat, sealBytes } from "./sealed-bytes.ts";
import type { SecretStore } from "./secret-store.ts";
import { createTokenKeys } from "./token-keys.ts";

/** What a session token says. It is nowhere else: nothing is stored for a session. */
export type Session = AccessKeyPair & {
  /** The permanent key that it was made with, and that it can do no more than. */
  readonly parentAccessKeyId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly name?: string;
  /** A policy of an identity, as it was given: what it does not allow, the session may not. */
  readonly policy?: string;
};

/** The only time that secret and token are shown. */
export type IssuedSession = AccessKeyPair & { readonly sessionToken: string; readonly expiresAt: Date };

export type IssueSessionInput = {
  readonly parentAccessKeyId: string;
  /** 900 to 129,600. */
  readonly durationSeconds: number;
  /** It does not live longer than this, whatever its duration. */
  readonly notAfter?: Date | undefined;
  /** 2 to 64 letters, digits and `+=,.@_-`. */
  readonly name?: string | undefined;
  /** Up to 2,048 characters of latin1. The vault does not read it. */
  readonly policy?: string | undefined;
};

export interface SessionTokens {
  /** Throws a `TypeError` for what is out of range, and what the vault throws. */
  issue(input: IssueSessionInput): Promise<IssuedSession>;
  /**
   * What a token says that was issued for this access key id; `undefined` for whatever else a client may have sent. The caller has
   * still to look whether the parent key may be used.
   */
  read(sessionToken: string, accessKeyId: string): Promise<Session | "expired" | undefined>;
  /** Makes a new key. Without `keepOld`, no token that was issued before is any good: at once, and in every process. */
  rotateTokenKey(options?: {
    /** @default true */
    readonly keepOld?: boolean;
  }): Promise<void>;
}

export interface SessionTokensOptions {
  readonly vault: Vault;
  /** Keeps the keys that tokens are sealed with, as `token-key/1` and so on. */
  readonly store: Pick<SecretStore, "insert" | "list" | "remove" | "contextOf">;
  /** @default the system clock */
  readonly now?: () => Date;
}

/** AWS's, of GetSessionToken. */
const minSeconds = 900;
const maxSeconds = 129_600;
const maxPolicyLength = 2048;
/** A client sends it in a header, or in an address, with each request. */
const format: SealedFormat = { version: "st1", maxLength: 4096 };

/**
 * Issues temporary access keys and reads their session tokens, which are sealed with keys of their own: random ones, which the vault
 * seals and `store` keeps.
 *
 * @example
 * const sessions = createSessionTokens({ vault, store: secrets });
 * const { sessionToken } = await sessions.issue({ parentAccessKeyId: accessKeyId, durationSeconds: 3600 });
 */
export function createSessionTokens({ vault, store, now = () => new Date() }: SessionTokensOptions): SessionTokens {
  const keys = createTokenKeys({ vault, store, now, maxTokenSeconds: maxSeconds });
  return {
    async issue({ durationSeconds, notAfter, ...input }) {
      check({ durationSeconds, ...input });
      const pair = generateAccessKey("ASIA");
      const issuedAt = now();
      const wanted = new Date(issuedAt.getTime() + durationSeconds * 1000);
      const expiresAt = notAfter !== undefined && notAfter < wanted ? notAfter : wanted;
      const content = pack({ ...input, secretAccessKey: pair.secretAccessKey, issuedAt, expiresAt });
      const sessionToken = sealBytes(await keys.current(), content, { format, context: contextOf(pair.accessKeyId) });
      return { ...pair, sessionToken, expiresAt };
    },
    async read(sessionToken, accessKeyId) {
      const read = readSealed(sessionToken, format);
      const key = read && (await keys.find(read.keyId));
      const content = key && openBytes(key, read.sealed, { format, context: contextOf(accessKeyId) });
      if (content === undefined) return undefined;
      const session = { accessKeyId, ...unpack(content) };
      return session.expiresAt > now() ? session : "expired";
    },
    async rotateTokenKey({ keepOld = true } = {}) {
      await keys.rotate({ keepOld });
    },
  };
}

/** So that a token does not open beside another access key id than its own. */
function contextOf(accessKeyId: string): readonly string[] {
  return ["session_tokens", accessKeyId];
}

function check({ durationSeconds, name = "--", policy = "" }: IssueSessionInput): void {
  if (!Number.isInteger(durationSeconds) || durationSeconds < minSeconds || durationSeconds > maxSeconds) {
    throw new TypeError(`Expected \`durationSeconds\` to be ${minSeconds} to ${maxSeconds}, got ${durationSeconds}`);
  }
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    throw new TypeError("Expected `name` to be 2 to 64 letters, digits and +=,.@_-");
  }
  if (policy.length > maxPolicyLength || /[\u0100-\uffff]/.test(policy)) {
    throw new TypeError(`Expected \`policy\` to be at most ${maxPolicyLength} characters of latin1`);
  }
}

type Content = Omit<IssueSessionInput, "durationSeconds" | "notAfter"> &
  Pick<Session, "secretAccessKey" | "issuedAt" | "expiresAt">;

/** A line of JSON, which has no line end in it, and the policy: in one byte for each character, so that the token stays short. */
function pack({ secretAccessKey, parentAccessKeyId, issuedAt, expiresAt, name, policy }: Content): Buffer {
  const head = [secretAccessKey, parentAccessKeyId, issuedAt.getTime(), expiresAt.getTime(), name ?? null];
  return Buffer.from(`${JSON.stringify(head)}${policy === undefined ? "" : `\n${policy}`}`, "latin1");
}

/** Was written by {@link pack}: the seal proves it. */
function unpack(content: Buffer): Omit<Session, "accessKeyId"> {
  const text = content.toString("latin1");
  const end = text.indexOf("\n");
  const head: [string, string, number, number, string | null] = JSON.parse(end === -1 ? text : text.slice(0, end));
  const [secretAccessKey, parentAccessKeyId, issuedMs, expiresMs, name] = head;
  return {
    secretAccessKey,
    parentAccessKeyId,
    issuedAt: new Date(issuedMs),
    expiresAt: new Date(expiresMs),
    ...(name !== null && { name }),
    ...(end !== -1 && { policy: text.slice(end + 1) }),
  };
}
