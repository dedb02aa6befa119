import type { Requester } from "@stave/s3-policy";
import type { Account } from "../accounts.ts";

/** Stands for everybody who does not sign. The id is the one that AWS gives them; no key belongs to it. */
export const anonymousAccount: Account = {
  id: "65a011a29cdf8ec533ec3d1ccaae921c",
  displayName: "anonymous",
  email: "",
  accessKeyId: "",
  secretAccessKey: "",
};

const anonymous: Requester = { kind: "anonymous" };
const requesters = new WeakMap<Account, Requester>();

/** How policies and ACLs name an account: `arn:aws:iam::ID:user/NAME`, its id, and as a whole `arn:aws:iam::ID:root`. */
export function requesterOf(account: Account | undefined): Requester {
  if (account === undefined || account === anonymousAccount) return anonymous;
  const known = requesters.get(account);
  if (known !== undefined) return known;
  const { id, displayName } = account;
  const arn = `arn:aws:iam::${id}:user/${displayName}`;
  const requester: Requester = { kind: "user", accountId: id, canonicalId: id, arn };
  requesters.set(account, requester);
  return requester;
}
