import type { ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";

const actor = "first start";
const defaultServiceId = 1;

export function isDefaultService({ id, engine }: Pick<ServiceRecord, "id" | "engine">): boolean {
  return id === defaultServiceId && engine === "stave";
}

/** The gateway's first account. Undefined when it has none yet. */
export async function findDefaultAccountId({ database }: ApiContext): Promise<string | undefined> {
  return (await database.as("system").services.find(defaultServiceId))?.accountId;
}

/**
 * The service that is there from the first start on: the gateway's first account, with a key of its own. Also completes it when an earlier
 * start was cut off.
 */
export async function ensureDefaultService(context: ApiContext): Promise<void> {
  const { services, accounts } = context.database.as(actor);
  const [first] = await services.list({ limit: 1 });
  if (first !== undefined && (first.id !== defaultServiceId || first.accessKeyId !== undefined)) return;
  const [account] = await accounts.list({ limit: 1 });
  if (account === undefined) return;
  const service =
    first ??
    (await services.insert({
      name: "default",
      slug: "default",
      engine: "stave",
      status: "creating",
      region: context.config.region,
      parameters: {},
    }));
  await issueRootKey(context, service, account.id);
}

async function issueRootKey(context: ApiContext, { id }: ServiceRecord, accountId: string): Promise<void> {
  const description = `service ${id}: root key`;
  const keys = context.accessKeysFor(actor);
  const { accessKeyId } = await keys.issue({ ownerId: accountId, description });
  await context.database.as(actor).services.change(id, { accountId, accessKeyId, status: "running" });
}
