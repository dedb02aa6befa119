import type { Policy, Requester } from "@stave/s3-policy";
import type { Account } from "../accounts.ts";

/** Who signed a request, and with which key. */
export type Identity = {
  readonly account: Account;
  readonly accessKeyId: string;
  /** How policies and ACLs name the account. */
  readonly requester: Requester;
  /**
   * What the key is limited to: each of these policies must allow what is asked for, whatever right the account has. Empty: the key
   * may do everything that its account may.
   */
  readonly caps: readonly Policy[];
  /** Of a session: such a key makes no further keys. */
  readonly isTemporary: boolean;
  /** Of a session: the permanent key by whose right it is one. */
  readonly parentAccessKeyId?: string;
};

/** Stands for everybody who does not sign. The id is the one that AWS gives them; no key belongs to it. */
export const anonymousAccount: Account = {
  id: "65a011a29cdf8ec533ec3d1ccaae921c",
  displayName: "anonymous",
  email: "",
};

export const anonymousIdentity: Identity = {
  account: anonymousAccount,
  accessKeyId: "",
  requester: { kind: "anonymous" },
  caps: [],
  isTemporary: false,
};

/** Policies name an account `arn:aws:iam::ID:user/NAME`, by its id, and as a whole `arn:aws:iam::ID:root`. */
export function requesterOf({ id, displayName }: Account): Requester {
  return { kind: "user", accountId: id, canonicalId: id, arn: `arn:aws:iam::${id}:user/${displayName}` };
}
