import type { Config } from "../config.ts";
import { readWebhookTargets, type WebhookTarget } from "../events/webhook-targets.ts";
import { type Remote, readRemotes } from "../replication/remotes.ts";

/** Whom this server may talk to on its own account. */
export type Receivers = { readonly webhooks: readonly WebhookTarget[]; readonly remotes: readonly Remote[] };

/** Throws a `UsageError` for a file that cannot be read. */
export function readReceivers({
  webhookTargets,
  replicationRemotes,
}: Pick<Config, "webhookTargets" | "replicationRemotes">): Receivers {
  return {
    webhooks: webhookTargets === undefined ? [] : readWebhookTargets(webhookTargets),
    remotes: replicationRemotes === undefined ? [] : readRemotes(replicationRemotes),
  };
}
