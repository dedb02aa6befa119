/** Somebody who owns buckets and objects, under `id`, and has access keys. */
export type Account = {
  /** Canonical user id: what owner fields show. */
  readonly id: string;
  readonly displayName: string;
  /** Names the account in ACLs; empty for who has none. */
  readonly email: string;
};

export interface Accounts {
  /** The id itself when nobody has it: accounts may leave while their objects stay. */
  displayNameOf(id: string): string;
  has(id: string): boolean;
  /** The canonical id of whoever has this address. */
  idOfEmail(email: string): string | undefined;
  /** Nobody reaches what a suspended account owns. Never answers with what was true before a change that somebody has been told of. */
  isSuspended(id: string): boolean | Promise<boolean>;
}

/** Accounts as they were at one moment. */
export type FixedAccounts = Accounts & { isSuspended(id: string): boolean };

export function createAccounts(all: readonly Account[], suspended: ReadonlySet<string> = new Set()): FixedAccounts {
  const names = new Map(all.map((account) => [account.id, account.displayName]));
  const ids = new Map(all.map((account) => [account.email.toLowerCase(), account.id]));
  ids.delete(""); // which is the address of nobody
  return {
    displayNameOf: (id) => names.get(id) ?? id,
    has: (id) => names.has(id),
    idOfEmail: (email) => ids.get(email.toLowerCase()),
    isSuspended: (id) => suspended.has(id),
  };
}
