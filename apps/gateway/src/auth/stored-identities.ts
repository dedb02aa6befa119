import { createSessionTokens, type SecretRecord } from "@stave/credential-vault";
import type { FindKey, SigningCredential } from "@stave/sigv4-verify";
import { LRUCache } from "lru-cache";
import { type Account, createAccounts, type FixedAccounts } from "../accounts.ts";
import type { Control } from "../control/open-control.ts";
import { capsOfScope } from "./caps-of-scope.ts";
import type { Identities } from "./identities.ts";
import { type Identity, requesterOf } from "./identity.ts";
import { lookOnceATurn } from "./look-once-a-turn.ts";
import { createSessionKeys, type ParentKey } from "./session-keys.ts";

export type StoredIdentities = Identities & {
  /** How many bytes an account may have, as the last request has found it. */
  quotaOf(accountId: string): number | undefined;
  /** Writes the dates of last use. */
  close(): Promise<void>;
};

export type StoredIdentitiesOptions = {
  readonly now: () => Date;
  readonly onError: (error: unknown, problem: string) => void;
};

/** What was found at one revision of the control database. Nothing of it is used after the revision has moved. */
type Generation = {
  readonly revision: number;
  /** Those whose keys open something. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly directory: FixedAccounts;
  /** In bytes, of all buckets together; who is not there has none. */
  readonly quotas: ReadonlyMap<string, number>;
  readonly keys: LRUCache<string, KnownKey>;
  /** Apart from the keys: who tries ids at random must not push out those in use. */
  readonly unknown: LRUCache<string, true>;
  readonly lookUps: Map<string, Promise<KnownKey | undefined>>;
  readonly sessions: ReturnType<typeof createSessionKeys>;
};

type KeyLookUps = Omit<Generation, "sessions">;
type KnownKey = { readonly credential: SigningCredential<Identity>; readonly expiresAtMs: number };

/** Of a key that means nothing without its token: see `generateAccessKey`. */
const temporaryPrefix = "ASIA";
const maxKeys = 10_000;
const maxUnknown = 10_000;
const flushEveryMs = 60_000;
/** For what no signed request asks for: the keys of objects that others read, the names of accounts. */
const renewEveryMs = 2_000;
const accountsPage = 1000;

/**
 * The identities of the control database. What was found is remembered until anything changes that requests are decided by. Whether it has
 * is looked at after each request has come, once for those that came together (it is a system call, up to a tenth of a small request): so
 * a key that was revoked, by whatever process, opens nothing from the next request on.
 */
export async function createStoredIdentities(
  control: Control,
  { now, onError }: StoredIdentitiesOptions,
): Promise<StoredIdentities> {
  let generation = await readGeneration(control, now);
  let renewal: Promise<void> | undefined;
  let used = new Set<string>();
  const { look, takeRequest } = lookOnceATurn(control.revision);

  const renew = async (): Promise<void> => {
    generation = await readGeneration(control, now);
  };
  /** A loop: what was being read when this request came may be older than a change that its sender has been told of. */
  const upToDate = async (): Promise<Generation> => {
    while (generation.revision !== control.revision()) {
      renewal ??= renew().finally(() => {
        renewal = undefined;
      });
      await renewal;
    }
    return generation;
  };

  const credentialOf = (known: KnownKey | undefined): SigningCredential<Identity> | undefined =>
    isUsable(known, now()) ? known.credential : undefined;
  const lookUp = async (current: Generation, accessKeyId: string): Promise<SigningCredential<Identity> | undefined> =>
    credentialOf(current.keys.get(accessKeyId) ?? (await readKey(control, current, accessKeyId)));
  const findKey: FindKey<Identity> = (accessKeyId, sessionToken) => {
    if (sessionToken !== undefined && accessKeyId.startsWith(temporaryPrefix)) {
      if (generation.revision === look()) return generation.sessions.find(accessKeyId, sessionToken);
      return upToDate().then(({ sessions }) => sessions.find(accessKeyId, sessionToken));
    }
    if (generation.revision !== look()) {
      return upToDate().then((current) =>
        current.unknown.has(accessKeyId) ? undefined : lookUp(current, accessKeyId),
      );
    }
    const known = generation.keys.get(accessKeyId);
    if (known !== undefined) return credentialOf(known);
    return generation.unknown.has(accessKeyId) ? undefined : lookUp(generation, accessKeyId);
  };

  const flush = async (): Promise<void> => {
    used = new Set();
    await control.accessKeys
      .flushUsed()
      .catch((error: unknown) => onError(error, "the dates on which access keys were last used could not be written"));
  };
  const flushing = setInterval(() => void flush(), flushEveryMs).unref();
  const renewing = setInterval(() => {
    upToDate().catch((error: unknown) => onError(error, "the control database could not be read"));
  }, renewEveryMs).unref();

  return {
    takeRequest,
    findKey,
    accounts: {
      displayNameOf: (id) => generation.directory.displayNameOf(id),
      has: (id) => generation.directory.has(id),
      idOfEmail: (email) => generation.directory.idOfEmail(email),
      isSuspended(id) {
        if (generation.revision === look()) return generation.directory.isSuspended(id);
        return upToDate().then(({ directory }) => directory.isSuspended(id));
      },
    },
    quotaOf: (accountId) => generation.quotas.get(accountId),
    noteUsed({ accessKeyId, parentAccessKeyId: stored = accessKeyId }) {
      if (used.has(stored)) return;
      used.add(stored);
      control.accessKeys.noteUsed(stored);
    },
    async close() {
      clearInterval(flushing);
      clearInterval(renewing);
      await flush();
    },
  };
}

async function readGeneration(control: Control, now: () => Date): Promise<Generation> {
  const revision = control.revision(); // before all else: what changes meanwhile is seen as a change
  const accounts = new Map<string, Account>();
  const active = new Map<string, Account>();
  const quotas = new Map<string, number>();
  const table = control.database.as("system").accounts;
  for (let after: string | undefined; ; ) {
    const page = await table.list({ after, limit: accountsPage });
    for (const { id, displayName, email = "", quotaBytes, suspendedAt } of page) {
      const account = { id, displayName, email };
      accounts.set(id, account);
      if (suspendedAt === undefined) active.set(id, account);
      if (quotaBytes !== undefined) quotas.set(id, quotaBytes);
    }
    after = page.at(-1)?.id;
    if (page.length < accountsPage) break;
  }
  await control.objectKeys.reload();
  const lookUps: KeyLookUps = {
    revision,
    accounts: active,
    directory: createAccounts([...accounts.values()], new Set([...accounts.keys()].filter((id) => !active.has(id)))),
    quotas,
    keys: new LRUCache({ max: maxKeys }),
    unknown: new LRUCache({ max: maxUnknown }),
    lookUps: new Map(),
  };
  return { ...lookUps, sessions: sessionsOf(control, lookUps, now) };
}

/** The keys of tokens are read once: a change of theirs moves the revision, too, and somebody may send any number of false tokens. */
function sessionsOf(control: Control, generation: KeyLookUps, now: () => Date) {
  const { secrets } = control.database.as("system");
  let listed: Promise<readonly SecretRecord[]> | undefined;
  const list = (prefix: string) => {
    listed ??= secrets.list(prefix).catch((error: unknown) => {
      listed = undefined; // the next one tries again
      throw error;
    });
    return listed;
  };
  const tokens = createSessionTokens({ vault: control.vault, store: { ...secrets, list }, now });
  return createSessionKeys({
    tokens,
    findParent: (accessKeyId) => findParent(control, generation, { accessKeyId, now }),
    now,
  });
}

/** A key that was rotated and has expired since is followed to the one that took its place; one that was revoked is not. */
async function findParent(
  control: Control,
  generation: KeyLookUps,
  { accessKeyId, now }: { readonly accessKeyId: string; readonly now: () => Date },
): Promise<ParentKey | undefined> {
  const { keys, unknown } = generation;
  for (let id: string | undefined = accessKeyId; id !== undefined; ) {
    const known: KnownKey | undefined =
      keys.get(id) ?? (unknown.has(id) ? undefined : await readKey(control, generation, id));
    if (isUsable(known, now())) return { identity: known.credential.identity, expiresAtMs: known.expiresAtMs };
    const info = await control.accessKeys.find(id);
    id = info?.revokedAt === undefined ? info?.replacedBy : undefined;
  }
  return undefined;
}

function isUsable(known: KnownKey | undefined, now: Date): known is KnownKey {
  return known !== undefined && known.expiresAtMs > now.getTime();
}

/** Many requests with a key that is not remembered yet ask for it once. */
function readKey(control: Control, generation: KeyLookUps, accessKeyId: string): Promise<KnownKey | undefined> {
  const { keys, unknown, lookUps } = generation;
  const begun = lookUps.get(accessKeyId);
  if (begun !== undefined) return begun;
  const lookUp = findActiveKey(control, generation, accessKeyId)
    .then((known) => {
      if (known === undefined) unknown.set(accessKeyId, true);
      else keys.set(accessKeyId, known);
      return known;
    })
    .finally(() => lookUps.delete(accessKeyId));
  lookUps.set(accessKeyId, lookUp);
  return lookUp;
}

async function findActiveKey(
  { accessKeys, database }: Control,
  { accounts }: Pick<Generation, "accounts">,
  accessKeyId: string,
): Promise<KnownKey | undefined> {
  const found = await accessKeys.secretOf(accessKeyId);
  const account = found && accounts.get(found.info.ownerId);
  if (found === undefined || account === undefined) return undefined;
  const { secretAccessKey, info } = found;
  const identity: Identity = {
    account,
    accessKeyId,
    requester: requesterOf(account),
    caps: await capsOfScope(info.scope, database.as("system").projects),
    isTemporary: false,
  };
  return {
    credential: { secretAccessKey, identity },
    expiresAtMs: info.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}
