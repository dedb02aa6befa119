import { hash, timingSafeEqual } from "node:crypto";
import type { Logger } from "pino";
import type { GivenKey } from "../auth/identities.ts";
import { UsageError } from "../process/usage-error.ts";
import { accessKeysFor, type Control } from "./open-control.ts";

const actor = "users file";

/**
 * Adds the accounts and keys of a users file to the control database. What is there stays: a key that was revoked is not given back its
 * rights, and an account or a key that is no longer in the file is not removed. Throws a {@link UsageError} for a key that is there
 * with another secret or owner.
 */
export async function importUsers(control: Control, users: readonly GivenKey[], logger: Logger): Promise<void> {
  const keys = accessKeysFor(actor, control);
  for (const user of users) {
    await importAccount(control, user);
    const { accessKeyId, secretAccessKey, id: ownerId } = user;
    if (await keys.adopt({ accessKeyId, secretAccessKey }, { ownerId, description: "from the users file" })) continue;
    const active = await keys.secretOf(accessKeyId);
    if (active === undefined) {
      logger.warn({ accessKeyId }, "a key of the users file was revoked or has expired: it stays so");
    } else if (active.info.ownerId !== ownerId || !isSame(active.secretAccessKey, secretAccessKey)) {
      throw new UsageError(
        `The access key ${accessKeyId} of the users file is there already, with another secret or owner, and a key never changes. Give the entry a new accessKeyId, and revoke the old key.`,
      );
    }
  }
}

async function importAccount({ database }: Control, { id, displayName, email }: GivenKey): Promise<void> {
  const { accounts } = database.as(actor);
  const account = { id, displayName, ...(email !== "" && { email: email.toLowerCase() }) };
  const found = await accounts.find(id);
  if (found === undefined) return await accounts.insert({ ...account, createdAt: new Date() });
  if (found.displayName !== displayName || (found.email ?? "") !== (account.email ?? ""))
    await accounts.change(account);
}

/** In constant time, as everywhere: an exception would have to be argued for. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hash("sha256", one, "buffer"), hash("sha256", other, "buffer"));
}
