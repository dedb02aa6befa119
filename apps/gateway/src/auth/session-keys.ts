import type { SessionTokens } from "@stave/credential-vault";
import { parsePolicy } from "@stave/s3-policy";
import type { FindKey, SigningCredential } from "@stave/sigv4-verify";
import { LRUCache } from "lru-cache";
import type { Identity } from "./identity.ts";

/** A permanent key that may be used now, and until when at the latest. */
export type ParentKey = { readonly identity: Identity; readonly expiresAtMs: number };

export type SessionKeysOptions = {
  readonly tokens: Pick<SessionTokens, "read">;
  /** The key of this id, or the one that took its place; undefined when neither may be used. */
  readonly findParent: (accessKeyId: string) => Promise<ParentKey | undefined>;
  readonly now: () => Date;
};

type KeyAnswer = ReturnType<FindKey<Identity>>;
type KnownSession = { readonly credential: SigningCredential<Identity>; readonly validUntilMs: number };

/** Each holds its token: some 10 MB when they are many and have policies. */
const maxSessions = 5000;

/**
 * The temporary keys: what their tokens say, as long as the keys they were made with may be used. What is remembered is never forgotten;
 * whoever keeps this has to make another one when a key has changed.
 */
export function createSessionKeys({ tokens, findParent, now }: SessionKeysOptions) {
  const known = new LRUCache<string, KnownSession>({ max: maxSessions });

  const read = async (accessKeyId: string, sessionToken: string): Promise<Awaited<KeyAnswer>> => {
    const session = await tokens.read(sessionToken, accessKeyId);
    if (session === undefined) return { isForged: true };
    if (session === "expired") return { isExpired: true };
    const parent = await findParent(session.parentAccessKeyId);
    if (parent === undefined) return undefined;
    const { secretAccessKey, expiresAt, policy } = session;
    const identity: Identity = {
      ...parent.identity,
      accessKeyId,
      parentAccessKeyId: parent.identity.accessKeyId,
      caps: policy === undefined ? parent.identity.caps : [...parent.identity.caps, parsePolicy(policy)],
      isTemporary: true,
    };
    const credential = { secretAccessKey, sessionToken, identity };
    known.set(accessKeyId, { credential, validUntilMs: Math.min(expiresAt.getTime(), parent.expiresAtMs) });
    return credential;
  };

  return {
    /** As `verifyRequest` asks. What is known by this id comes back with its own token, which is held against the one that was sent. */
    find(accessKeyId: string, sessionToken: string): KeyAnswer {
      const session = known.get(accessKeyId);
      const isValid = session !== undefined && session.validUntilMs > now().getTime();
      return isValid ? session.credential : read(accessKeyId, sessionToken);
    },
  };
}
