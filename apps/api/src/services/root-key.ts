import { ControlDatabaseError } from "@stave/control-database";
import type { AccessKeyInfo } from "@stave/credential-vault";
import type { ApiContext } from "../context.ts";
import { Problem } from "../http/problem.ts";

const page = 1000;

/** Every key of an account, revoked and expired ones, too. */
export async function keysOf(context: ApiContext, accountId: string): Promise<readonly AccessKeyInfo[]> {
  const keys = context.accessKeysFor("system");
  const found: AccessKeyInfo[] = [];
  for (let after: string | undefined; ; ) {
    const listed = await keys.list({ ownerId: accountId, limit: page, ...(after !== undefined && { after }) });
    found.push(...listed);
    after = listed.at(-1)?.accessKeyId;
    if (listed.length < page) return found;
  }
}

/** The root key that a job has issued, issued now unless it was before: the job is in its description. */
export async function issueRootKey(
  context: ApiContext & { readonly jobId: string; readonly actor: string },
  { serviceId, accountId }: { readonly serviceId: number; readonly accountId: string },
): Promise<string> {
  const issued = await findRootKey(context, accountId);
  if (issued !== undefined) return issued;
  const description = `service ${serviceId}: root key (${context.jobId})`;
  try {
    return (await context.accessKeysFor(context.actor).issue({ ownerId: accountId, description })).accessKeyId;
  } catch (error) {
    if (!(error instanceof ControlDatabaseError) || error.code !== "TooManyKeys") throw error;
    throw new Problem("CONFLICT", { detail: error.message, nextActions: ["Revoke access keys of the service."] });
  }
}

/** Undefined when the job has issued none, or has revoked it. */
export async function findRootKey(
  context: ApiContext & { readonly jobId: string },
  accountId: string,
): Promise<string | undefined> {
  const keys = await keysOf(context, accountId);
  return keys.find(
    ({ description, revokedAt }) => revokedAt === undefined && description.includes(`(${context.jobId})`),
  )?.accessKeyId;
}
