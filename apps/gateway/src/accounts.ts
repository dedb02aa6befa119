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
}

export function createAccounts(all: readonly Account[]): Accounts {
  const names = new Map(all.map((account) => [account.id, account.displayName]));
  const ids = new Map(all.map((account) => [account.email.toLowerCase(), account.id]));
  ids.delete(""); // which is the address of nobody
  return {
    displayNameOf: (id) => names.get(id) ?? id,
    has: (id) => names.has(id),
    idOfEmail: (email) => ids.get(email.toLowerCase()),
  };
}
