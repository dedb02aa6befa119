import { type AccessKeys, createSessionTokens, type IssuedSession } from "@stave/credential-vault";
import type { Identity } from "../auth/identity.ts";
import type { Control } from "./open-control.ts";

export type SessionRequest = {
  readonly durationSeconds: number;
  readonly name?: string | undefined;
  /** Of an identity, and valid. */
  readonly policy?: string | undefined;
  /** For the audit log. */
  readonly origin: { readonly requestId: string; readonly remoteAddress: string | undefined };
};

/** Temporary keys for who has a permanent one. */
export interface Sessions {
  /** Nobody gets a key that could not be written into the audit log. */
  issue(parent: Identity, request: SessionRequest): Promise<IssuedSession>;
}

export function createSessions(
  { database, vault, accessKeys }: Pick<Control, "database" | "vault" | "accessKeys">,
  { now }: { readonly now: () => Date },
): Sessions {
  const tokens = createSessionTokens({ vault, store: database.as("system").secrets, now });
  return {
    async issue({ account, accessKeyId: parentAccessKeyId }, { durationSeconds, name, policy, origin }) {
      const notAfter = await endOf(accessKeys, parentAccessKeyId);
      const issued = await tokens.issue({ parentAccessKeyId, durationSeconds, notAfter, name, policy });
      await database.audit.add({
        actor: account.id,
        action: "session:issue",
        subject: issued.accessKeyId,
        details: { parentAccessKeyId, name, policy, expiresAt: issued.expiresAt.toISOString(), ...origin },
      });
      return issued;
    },
  };
}

/** When the session could not be used any more in any case: the end of its key, or of the one that took its place. */
async function endOf(accessKeys: AccessKeys, accessKeyId: string): Promise<Date | undefined> {
  let end: Date | undefined;
  for (let id: string | undefined = accessKeyId; id !== undefined; ) {
    const info = await accessKeys.find(id);
    if (info === undefined || info.revokedAt !== undefined) break;
    end = info.expiresAt;
    id = info.replacedBy;
  }
  return end;
}
