import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSessionTokens } from "@stave/credential-vault";
import type { Identities } from "../../src/auth/identities.ts";
import { createStoredIdentities } from "../../src/auth/stored-identities.ts";
import { importUsers } from "../../src/control/import-users.ts";
import { accessKeysFor, type Control, openControl } from "../../src/control/open-control.ts";
import { createLogger } from "../../src/process/logger.ts";
import { ann, bob, type TestAccount } from "../support/start-gateway.ts";
import { type Column, type ColumnName, columnNames, columnsOf } from "./columns.ts";

export type Keys = {
  readonly columns: Readonly<Record<ColumnName, Column>>;
  /** As the gateway finds them in its control database. */
  readonly identities: Identities;
  /** Who signs as what; `null`: nobody signs. */
  readonly accounts: ReadonlyMap<ColumnName, TestAccount | null>;
  close(): Promise<void>;
};

/** One key for each column, all but that of the stranger of the same account. */
export async function issueKeys(): Promise<Keys> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "stave-isolation-"));
  const control = await openControl({ dataDirectory, encryptionKeyFile: undefined });
  await importUsers(control, [ann, bob], createLogger("silent"));
  const columns = columnsOf({
    project: await makeProject(control, "images", "photos"),
    empty: await makeProject(control, "nothing"),
  });
  const accounts = new Map<ColumnName, TestAccount | null>();
  for (const name of columnNames) accounts.set(name, await issueKey(control, name, columns[name]));
  const onError = (error: unknown) => {
    throw error;
  };
  const identities = await createStoredIdentities(control, { now: () => new Date(), onError });
  return {
    columns,
    identities,
    accounts,
    close: async () => {
      await identities.close();
      await control.close();
      await rm(dataDirectory, { recursive: true });
    },
  };
}

async function makeProject({ database }: Control, name: string, ...buckets: readonly string[]): Promise<string> {
  const { projects } = database.as("test");
  const { id } = await projects.create({ name, accountId: ann.id, createdAt: new Date() });
  for (const bucket of buckets) await projects.addBucket(id, bucket);
  return id;
}

async function issueKey(control: Control, name: ColumnName, { scope, session }: Column): Promise<TestAccount | null> {
  if (name === "owner") return ann;
  if (name === "stranger") return bob;
  if (name === "anonymous") return null;
  const keys = accessKeysFor("test", control);
  const { accessKeyId, secretAccessKey } = await keys.issue({
    ownerId: ann.id,
    ...(scope !== undefined && { scope }),
    ...(name === "expired" && { expiresAt: new Date(Date.now() - 1000) }),
  });
  const temporary = session && (await issueSession(control, { ...session, parentAccessKeyId: accessKeyId }));
  if (name === "revoked" || name === "orphan") await keys.revoke(accessKeyId);
  return { ...ann, accessKeyId, secretAccessKey, ...temporary };
}

async function issueSession(
  { database, vault }: Control,
  input: { readonly parentAccessKeyId: string; readonly policy?: string },
): Promise<Pick<TestAccount, "accessKeyId" | "secretAccessKey" | "sessionToken">> {
  const tokens = createSessionTokens({ vault, store: database.as("test").secrets });
  return await tokens.issue({ ...input, durationSeconds: 3600 });
}
