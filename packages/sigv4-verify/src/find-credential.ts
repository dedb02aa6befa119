import { hash, type KeyObject, timingSafeEqual } from "node:crypto";
import type { KeyClaim } from "./signature-claim.ts";
import { SignatureError } from "./signature-error.ts";
import { deriveSigningKey, type SigningKeyCache, type SigningKeyInput } from "./signing-key-cache.ts";

/** What the caller knows about an access key. */
export type SigningCredential<Identity> = {
  readonly secretAccessKey: string;
  /** Whatever the caller wants to get back when the signature holds. */
  readonly identity: Identity;
  /**
   * Of a temporary key: the token that belongs to it. The request must carry exactly this one. A key without it is
   * permanent, and a token that comes with it is refused.
   */
  readonly sessionToken?: string | undefined;
  readonly isExpired?: false | undefined;
  readonly isForged?: false | undefined;
};

/** A temporary key that was valid once. Clients ask for a new one when they are told. */
export type ExpiredCredential = { readonly isExpired: true; readonly isForged?: false | undefined };

/** A temporary key with a token that is not of this server, or of another key. Without a token the key is simply unknown. */
export type ForgedCredential = { readonly isForged: true; readonly isExpired?: false | undefined };

type Refused = ExpiredCredential | ForgedCredential;
type KeyAnswer<Identity> = SigningCredential<Identity> | Refused | undefined;

/** Looks an access key up. `sessionToken` is what the client sent: nothing is proved about either. */
export type FindKey<Identity> = (
  accessKeyId: string,
  sessionToken: string | undefined,
) => KeyAnswer<Identity> | Promise<KeyAnswer<Identity>>;

export interface ProofOptions<Identity> {
  readonly findKey: FindKey<Identity>;
  readonly signingKeys: SigningKeyCache | undefined;
}

/**
 * The key of a claim, whose session token is the right one. A refusal does the work of a wrong secret first, so that its delay
 * does not tell whether the key exists: `compare` is that work.
 */
export async function findCredential<Identity>(
  claim: KeyClaim,
  { findKey, signingKeys }: ProofOptions<Identity>,
  compare: (signingKey: KeyObject) => unknown,
): Promise<SigningCredential<Identity>> {
  const { credential, sessionToken } = claim;
  const found = await findKey(credential.accessKeyId, sessionToken);
  const refusal = found ? checkSessionToken(found, claim) : unknownKey(claim);
  if (found && !found.isExpired && !found.isForged && !refusal) return found;

  // The same cache entry for all unknown keys of a day: made-up ids and dates must not push out the real ones.
  const date = claim.timestamp.slice(0, 8);
  compare(keyFor({ ...credential, accessKeyId: "", secretAccessKey: "nobody", date }, signingKeys));
  throw refusal ?? unknownKey(claim);
}

export function keyFor(input: SigningKeyInput, signingKeys: SigningKeyCache | undefined): KeyObject {
  return signingKeys ? signingKeys.keyFor(input) : deriveSigningKey(input);
}

/** A token without a key is a mistake, or somebody else's. */
export function refuseSessionToken(hasSessionToken: boolean): void {
  if (hasSessionToken) throw invalidToken();
}

function checkSessionToken(found: SigningCredential<unknown> | Refused, claim: KeyClaim): SignatureError | undefined {
  const { sessionToken } = claim;
  if (found.isExpired || found.isForged) {
    // Without its token, a temporary key is none at all.
    if (sessionToken === undefined) return unknownKey(claim);
    return found.isForged ? invalidToken() : new SignatureError("ExpiredToken", "The provided token has expired.");
  }
  if (sessionToken === undefined) return found.sessionToken === undefined ? undefined : unknownKey(claim);
  const isRight = found.sessionToken !== undefined && isSameToken(sessionToken, found.sessionToken);
  return isRight ? undefined : invalidToken();
}

function isSameToken(sent: string, expected: string): boolean {
  const bytes = Buffer.from(sent, "latin1");
  return timingSafeEqual(hash("sha256", bytes, "buffer"), hash("sha256", expected, "buffer"));
}

function invalidToken(): SignatureError {
  return new SignatureError("InvalidToken", "The provided token is malformed or otherwise invalid.");
}

function unknownKey({ credential }: KeyClaim): SignatureError {
  return new SignatureError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", {
    details: { AWSAccessKeyId: credential.accessKeyId },
  });
}
