import type { FindKey } from "@stave/sigv4-verify";
import { type Account, type Accounts, createAccounts } from "../accounts.ts";
import { type Identity, requesterOf } from "./identity.ts";

/** Who may sign requests. */
export interface Identities {
  /** To be called where a request is taken off its socket, and nowhere else. */
  takeRequest(): void;
  /** For `verifyRequest`. Never answers with what was true before a change that somebody has been told of. */
  readonly findKey: FindKey<Identity>;
  readonly accounts: Accounts;
  /** The key has proven itself: for the date of its last use. */
  noteUsed(identity: Identity): void;
}

/** An account and a key of it that somebody has chosen. */
export type GivenKey = Account & { readonly accessKeyId: string; readonly secretAccessKey: string };

/** Identities that never change. */
export function createFixedIdentities(keys: readonly GivenKey[]): Identities {
  const found = new Map(
    keys.map(({ accessKeyId, secretAccessKey, id, displayName, email }) => {
      const account = { id, displayName, email };
      const identity = { account, accessKeyId, requester: requesterOf(account), caps: [], isTemporary: false };
      return [accessKeyId, { secretAccessKey, identity }];
    }),
  );
  return {
    takeRequest: () => {},
    findKey: (accessKeyId) => found.get(accessKeyId),
    accounts: createAccounts(keys),
    noteUsed: () => {},
  };
}
