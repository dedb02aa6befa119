import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { AccessKeyPair, AccessKeyRecord } from "@stave/credential-vault";
import { UsageError } from "../process/usage-error.ts";
import { accessKeysFor, type Control } from "./open-control.ts";

const actor = "root key";
/** The id of the root key and, after a blank, of the one before it, which has ended or is about to. */
const option = "root-access-keys";
const accountName = "root";
/** That a key has expired can be taken back, but not that it ever expires. */
const never = new Date("9999-12-31T23:59:59Z");
const maxAccounts = 1000;

/**
 * Makes a key that the operator has chosen the root key: everything of its account is open to it. The root key of earlier starts, if it was
 * another one, ends now, and comes back when the setting does: an upgrade or a rotation that went wrong can be undone. A key that was
 * revoked, rotated or ended in any other way stays so. Throws a {@link UsageError}.
 */
export async function applyRootKey(control: Control, pair: AccessKeyPair): Promise<void> {
  const { options, accessKeys } = control.database.as(actor);
  const before = await options.read(option);
  const [currentId, endedId] = before?.split(" ") ?? [];
  const current = currentId === undefined ? undefined : await accessKeys.find(currentId);
  const ownerId = current?.ownerId ?? (await rootAccount(control));
  const isNew = await accessKeysFor(actor, control).adopt(pair, { ownerId, description: "the root key" });
  const record = isNew ? undefined : await accessKeys.find(pair.accessKeyId);
  if (record !== undefined) await requireSame(control, record, { pair, ownerId, currentId });
  const isSame = currentId === pair.accessKeyId;
  // Before the other key ends: a start that was interrupted in between is finished by the next one.
  if (!isSame) await options.replace(option, before, [pair.accessKeyId, currentId].join(" ").trimEnd());
  const ended = isSame ? endedId && (await accessKeys.find(endedId)) : current;
  if (!ended || !isActive(ended)) return;
  await accessKeys.change(ended.accessKeyId, { expiresAt: new Date(), replacedBy: pair.accessKeyId });
}

async function rootAccount({ database }: Control): Promise<string> {
  const { accounts } = database.as(actor);
  const named = (await accounts.list({ limit: maxAccounts })).filter(({ displayName }) => displayName === accountName);
  const [first, ...others] = named;
  if (others.length > 0) {
    throw new UsageError(
      `Expected one account named ${accountName} for the root key, got ${named.length}. Rename the others with \`accounts rename\`, or issue a key with \`keys issue\` instead.`,
    );
  }
  if (first !== undefined) return first.id;
  const id = randomBytes(32).toString("hex");
  await accounts.insert({ id, displayName: accountName, createdAt: new Date() });
  return id;
}

type Expected = { readonly pair: AccessKeyPair; readonly ownerId: string; readonly currentId: string | undefined };

async function requireSame({ database, vault }: Control, record: AccessKeyRecord, expected: Expected): Promise<void> {
  const { pair, ownerId, currentId } = expected;
  const { accessKeyId, secretEnvelope, scope } = record;
  const secret = await vault.open(secretEnvelope, ["access_keys", "secret", accessKeyId]);
  if (record.ownerId !== ownerId || scope !== undefined || !areSame(secret, pair.secretAccessKey)) {
    throw new UsageError(
      `The access key ${accessKeyId} is there already, with another secret, owner or scope, and a key never changes. Set another root key.`,
    );
  }
  if (isActive(record)) return;
  if (record.revokedAt !== undefined || record.replacedBy === undefined || record.replacedBy !== currentId) {
    throw new UsageError(`The access key ${accessKeyId} was revoked or has expired. Set another root key.`);
  }
  await database.as(actor).accessKeys.change(accessKeyId, { expiresAt: never });
}

function isActive({ revokedAt, expiresAt }: AccessKeyRecord): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > new Date());
}

/** In constant time, as everywhere: an exception would have to be argued for. */
function areSame(one: string, other: string): boolean {
  return timingSafeEqual(hash("sha256", one, "buffer"), hash("sha256", other, "buffer"));
}
