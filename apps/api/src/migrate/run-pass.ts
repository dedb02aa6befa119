import { Problem } from "../http/problem.ts";
import { copyBucket, removeGone } from "./copy-pass.ts";
import { fenceBucket } from "./fence-source.ts";
import { batches, listKeys } from "./list-source.ts";
import type { MigrationPlan, MigrationWork } from "./migration-work.ts";
import { planBucket, prepareBucket, sourceBuckets } from "./plan-buckets.ts";
import { planCopies } from "./plan-copies.ts";

const progressEveryMs = 1000;
const maxNamed = 100;

/** Makes the target what the source is now, bucket by bucket. Answers how much there was to do. */
export async function runPass(work: MigrationWork, options: { readonly isFenced: boolean }): Promise<number> {
  const names = await sourceBuckets(work);
  const plan = await followBuckets(work, names, options);
  const number = (await work.objects.totals(work.migration.id)).pass + 1;
  const pass = { number, abilities: plan.target_abilities, onSeen: createProgress(work, plan) };
  let changes = 0;
  for (const bucket of plan.buckets) {
    changes += await (names.includes(bucket.name) ? copyBucket : removeGone)(work, bucket, pass);
  }
  return changes;
}

/** Buckets that were made since it was planned come along. */
async function followBuckets(
  work: MigrationWork,
  names: readonly string[],
  { isFenced }: { readonly isFenced: boolean },
): Promise<MigrationPlan> {
  let plan = await work.plan();
  for (const name of names) {
    if (plan.buckets.some((bucket) => bucket.name === name)) continue;
    const { bucket, lost, blockers } = await planBucket(work, name, plan.target_abilities);
    if (blockers.length > 0) throw new Problem("CONFLICT", { detail: blockers.join(" ") });
    // Known before it is made, so that it can be taken back.
    plan = { ...plan, buckets: [...plan.buckets, bucket], not_carried: [...plan.not_carried, ...lost] };
    await work.savePlan(plan);
  }
  for (const bucket of plan.buckets) {
    await prepareBucket(work, bucket);
    if (isFenced && plan.fence === "read-only" && names.includes(bucket.name)) {
      await fenceBucket(work.source.client, bucket.name, work);
    }
  }
  return plan;
}

function createProgress({ context }: MigrationWork, { objects, delete_markers }: MigrationPlan) {
  let done = 0;
  let nextAt = 0;
  return async (entries: number): Promise<void> => {
    done += entries;
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + progressEveryMs;
    await context.progress({ done, total: Math.max(done, objects + delete_markers), message: "objects compared" });
  };
}

/** Throws a {@link Problem} with names when some objects could not be copied, and that is not allowed. */
export async function refuseFailed({ objects, migration, options }: MigrationWork): Promise<void> {
  if (options.allow_failed) return;
  const { failed } = await objects.totals(migration.id);
  if (failed === 0) return;
  const named = await objects.list(migration.id, { states: ["failed"], limit: 5 });
  const names = named.map(({ bucket, key, reason }) => `${bucket}/${key.slice(0, 200)} (${reason})`).join(", ");
  throw new Problem("CONFLICT", {
    detail: `${failed} objects could not be copied: ${names}.`,
    nextActions: ["See the report, and migrate again, with allow_failed if they may be left behind."],
  });
}

/** What the source has and the target has not, after all: uploads that had begun before the source was closed. */
export async function findLateWrites(work: MigrationWork): Promise<readonly string[]> {
  const { source, objects, migration, signal } = work;
  const late: string[] = [];
  for (const bucket of (await work.plan()).buckets) {
    const keys = listKeys(source.client, bucket.name, { hasVersions: bucket.has_versions, signal });
    for await (const batch of batches(keys)) {
      const of = { bucket: bucket.name, keys: batch.map(({ key }) => key) };
      const known = Map.groupBy(await objects.ofKeys(migration.id, of), ({ key }) => key);
      for (const group of batch) {
        const journal = known.get(group.key) ?? [];
        const isReported = journal.some(({ state }) => state === "failed");
        if (!isReported && planCopies(group, journal).missing.length > 0)
          late.push(`${bucket.name}/${group.key.slice(0, 200)}`);
        if (late.length >= maxNamed) return late;
      }
    }
  }
  return late;
}
