import type { Bucket, ObjectStore } from "@stave/object-store";
import type { ConfigurationCache } from "../configuration/bucket-configurations.ts";
import { announcedStore } from "../events/announced-store.ts";
import { parseNotificationRules } from "../events/notification-rules.ts";

export type LifecycleStoreOptions = {
  readonly store: ObjectStore;
  readonly configurations: ConfigurationCache;
  readonly now: () => Date;
};

/**
 * The store as rules of a bucket use it: who wants to hear of `s3:LifecycleExpiration` does, in the commit of each deletion. Nothing
 * is copied to other servers: there, the rules of the other bucket decide.
 */
export async function lifecycleStore(
  bucket: Bucket,
  { store, configurations, now }: LifecycleStoreOptions,
): Promise<ObjectStore> {
  const found = await configurations.of(bucket);
  const notifications = found.parsed("notification", parseNotificationRules) ?? [];
  if (notifications.length === 0) return store;
  const cause = { operation: undefined, isReplica: false };
  return announcedStore(store, { plan: { bucket, notifications, replication: undefined }, cause, now });
}
