import { ControlDatabaseError } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import { keysOf } from "../services/root-key.ts";
import type { StepContext } from "./define-job.ts";

/** Takes the account of a service away, with all its keys. It has no buckets any more; what is gone already is no error. */
export async function removeAccount(
  context: StepContext,
  { serviceId, accountId }: { readonly serviceId: number; readonly accountId: string },
): Promise<void> {
  const { accounts, services } = context.database.as(context.actor);
  const keys = context.accessKeysFor(context.actor);
  for (const { accessKeyId, revokedAt } of await keysOf(context, accountId)) {
    if (revokedAt === undefined) await keys.revoke(accessKeyId);
  }
  if ((await services.find(serviceId))?.accountId === accountId) {
    await services.change(serviceId, { accountId: null, accessKeyId: null });
  }
  if ((await accounts.find(accountId)) === undefined) return;
  try {
    await accounts.remove(accountId);
  } catch (error) {
    if (!(error instanceof ControlDatabaseError) || error.code !== "AccountInUse") throw error;
    throw new Problem("CONFLICT", { detail: error.message, cause: error });
  }
}
