import type { BucketQuota, BucketUsage } from "./object-store.ts";
import { ownerQuotaExceeded, quotaExceeded } from "./refusals.ts";

type Counted = Pick<BucketUsage, "versions" | "sizeBytes"> & { readonly name: string };

/** What a write adds; negative when it replaces more than it brings. */
export type Growth = { readonly versions: number; readonly sizeBytes: number };

/** Throws `QuotaExceeded`. What makes a bucket smaller is always allowed, also in one that holds too much. */
export function checkQuota(bucket: Counted, quota: BucketQuota | undefined, growth: Growth): void {
  if (quota === undefined) return;
  const { maxSizeBytes = Number.POSITIVE_INFINITY, maxVersions = Number.POSITIVE_INFINITY } = quota;
  const isTooLarge = growth.sizeBytes > 0 && bucket.sizeBytes + growth.sizeBytes > maxSizeBytes;
  const areTooMany = growth.versions > 0 && bucket.versions + growth.versions > maxVersions;
  if (isTooLarge || areTooMany) throw quotaExceeded(bucket.name);
}

/** As {@link checkQuota}, for all buckets of its owner together, who has `usedBytes`. */
export function checkOwnerQuota(
  bucket: Pick<Counted, "name">,
  { maxSizeBytes, usedBytes }: { readonly maxSizeBytes: number; readonly usedBytes: number },
  growth: Growth,
): void {
  if (growth.sizeBytes > 0 && usedBytes + growth.sizeBytes > maxSizeBytes) throw ownerQuotaExceeded(bucket.name);
}
