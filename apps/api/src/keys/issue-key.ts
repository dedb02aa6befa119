import { randomUUID } from "node:crypto";
import { ControlDatabaseError, type IssuedKeyPurpose, type IssuedKeyRecord } from "@stave/control-database";
import { type AccessKeyRecord, createAccessKeys, type IssueInput } from "@stave/credential-vault";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

/** The only time that the secret is shown of a person's key. */
export type IssuedKey = { readonly issued: IssuedKeyRecord; readonly secretAccessKey: string };

/** Of one project, of one service without a project, of one bucket. */
const mostKeys = 50;

type Input = { readonly actor: string; readonly purpose: IssuedKeyPurpose; readonly key: IssueInput };

/** Makes a key and stores it. Throws a {@link Problem} when there are too many. */
export async function issueKey(context: ApiContext, input: Input): Promise<IssuedKey> {
  const { issuedKeys } = context.database.as(input.actor);
  return await makeKey(context, input, (issued) => issuedKeys.insert(issued, { most: mostKeys }));
}

/** Makes a key that takes the place of another, which works for a while and never longer than it would have. Throws a {@link Problem}. */
export async function replaceKey(
  context: ApiContext,
  { id, key, ...purpose }: IssuedKeyRecord,
  { actor, graceSeconds }: { readonly actor: string; readonly graceSeconds: number },
): Promise<IssuedKey> {
  const { ownerId, description, scope, expiresAt } = key;
  const end = new Date(context.now().getTime() + graceSeconds * 1000);
  const until = expiresAt !== undefined && expiresAt < end ? expiresAt : end;
  const successor = { ownerId, description, ...(scope !== undefined && { scope }), ...(expiresAt && { expiresAt }) };
  const { issuedKeys } = context.database.as(actor);
  return await makeKey(context, { actor, purpose, key: successor }, async (issued) => {
    if (await issuedKeys.replace(id, issued, { until, most: mostKeys })) return;
    throw new Problem("CONFLICT", {
      detail: "The key has expired, was revoked, or was replaced already.",
      nextActions: ["Rotate the key that has taken its place, or issue another one."],
    });
  });
}

async function makeKey(
  { vault, database, now }: ApiContext,
  { actor, purpose, key }: Input,
  store: (issued: IssuedKeyRecord) => Promise<void>,
): Promise<IssuedKey> {
  let issued: IssuedKeyRecord | undefined;
  const insert = async (record: AccessKeyRecord): Promise<void> => {
    issued = { ...purpose, id: randomUUID(), key: record };
    await store(issued);
  };
  const keys = createAccessKeys({ vault, store: { ...database.as(actor).accessKeys, insert }, now });
  const { secretAccessKey } = await keys.issue(key).catch(refuseTooMany);
  if (issued === undefined) throw new Error("Expected the key to be stored");
  return { issued, secretAccessKey };
}

function refuseTooMany(error: unknown): never {
  if (!(error instanceof ControlDatabaseError && error.code === "TooManyKeys")) throw error;
  throw new Problem("S3_ACCESS_KEY_LIMIT_EXCEEDED", {
    detail: error.message,
    nextActions: ["Revoke keys that nobody uses any more."],
  });
}
