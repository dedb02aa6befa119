import type { ObjectStore } from "@stave/object-store";
import { defaultOwnership } from "../configuration/access-rules.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import type { Target } from "../http/parse-target.ts";
import type { OperationContext } from "../operations/operation.ts";
import type { Handling, RequestProgress } from "./handling.ts";

/** What an operation works with; `store` may be one that tells webhooks and remotes of its changes. */
export function operationContext(options: Handling, progress: RequestProgress, store: ObjectStore): OperationContext {
  return {
    store,
    accounts: options.identities.accounts,
    region: options.region,
    objectOwnership: options.objectOwnership ?? defaultOwnership,
    configurations: options.configurations,
    webhooks: options.webhooks,
    remotes: options.remotes,
    masterKeys: options.masterKeys,
    lifecycleDayMs: options.lifecycleDayMs,
    noteError: (error) => {
      const known = toS3Error(error);
      if (known.status >= 500) progress.failure ??= error;
      else if (known.status === 403) progress.refusedPart ??= known;
    },
  };
}

/** How the client addresses the bucket, without a trailing slash. */
export function bucketUrl(
  { bucket, mount, isVirtualHost }: Target,
  { host, isEncrypted }: { readonly host: string | undefined; readonly isEncrypted: boolean },
): string {
  const origin = `${isEncrypted ? "https" : "http"}://${host ?? "localhost"}${mount}`;
  return isVirtualHost ? origin : `${origin}/${bucket}`;
}
