import { setTimeout as delay } from "node:timers/promises";
import { type Bucket, type ObjectStore, StoreError } from "@stave/object-store";
import { lifecycleStore } from "./lifecycle-store.ts";
import { keyOf, type Planned, type PlanOptions, planBucket } from "./plan-bucket.ts";

export type LifecycleAction = Planned["action"];

export type LifecycleRunOptions = Omit<PlanOptions, "rules"> & {
  readonly signal: AbortSignal;
  /** Of what was done. */
  readonly onDone: (bucket: Bucket, planned: Planned) => void;
  /** Of what could not be done, or looked at; the run goes on. */
  readonly onError: (error: unknown, where: { readonly bucket: string; readonly key?: string }) => void;
};

export type LifecycleReport = {
  readonly done: number;
  /** What has changed between being looked at and being acted on, which the store refuses. */
  readonly changed: number;
  readonly errors: number;
};

/** So many are with the store at a time: it commits them together, and requests come in between. */
const batchSize = 50;
/** A bucket that fails more often is left for the next run: the disk may be full. */
const maxErrors = 10;
/** Of the time that this takes, it waits so many times as long: it may use a quarter of a core at the most. */
const restShare = 3;

/** What tells that a version, an upload or a bucket is not what it was, or is locked by now. */
const changedCodes: ReadonlySet<string> = new Set([
  "PreconditionFailed",
  "ObjectLocked",
  "NoSuchUpload",
  "NoSuchBucket",
]);

/**
 * Does what is due in all buckets. Rejects when it is told to stop.
 *
 * Nothing of it is remembered: what was done is not due any more, so that after a crash it is enough to run again. Nothing
 * is removed that has changed since it was looked at.
 */
export async function runLifecycle(options: LifecycleRunOptions): Promise<LifecycleReport> {
  const { store, signal, onError } = options;
  const total = { done: 0, changed: 0, errors: 0 };
  for await (const bucket of configuredBuckets(store)) {
    signal.throwIfAborted();
    try {
      const { done, changed, errors } = await runBucket(bucket, options);
      total.done += done;
      total.changed += changed;
      total.errors += errors;
    } catch (error) {
      signal.throwIfAborted();
      if (isChanged(error)) continue;
      total.errors += 1;
      onError(error, { bucket: bucket.name });
    }
  }
  return total;
}

/** Those that could have rules. */
export async function* configuredBuckets(store: ObjectStore): AsyncGenerator<Bucket> {
  for (let after: string | undefined, isTruncated = true; isTruncated; ) {
    const page = await store.listBuckets({ maxBuckets: 100, ...(after !== undefined && { after }) });
    yield* page.buckets.filter(({ configurationRevision }) => configurationRevision > 0);
    after = page.buckets.at(-1)?.name;
    ({ isTruncated } = page);
  }
}

async function runBucket(bucket: Bucket, options: LifecycleRunOptions) {
  const { signal, onDone, onError } = options;
  const counts = { done: 0, changed: 0, errors: 0 };

  const act = async (planned: Planned, store: ObjectStore): Promise<void> => {
    if (planned.action === "replace-null-version") return; // the marker above it has done that
    try {
      await carryOut(bucket.name, planned, store);
      counts.done += 1;
      onDone(bucket, planned);
    } catch (error) {
      if (isChanged(error)) {
        counts.changed += 1;
        return;
      }
      counts.errors += 1;
      onError(error, { bucket: bucket.name, key: keyOf(planned) });
    }
  };

  let startedMs = performance.now();
  for await (const page of planBucket(bucket, options)) {
    const store = page.length === 0 ? options.store : await lifecycleStore(bucket, options);
    for (let at = 0; at < page.length && counts.errors < maxErrors; at += batchSize) {
      signal.throwIfAborted();
      await Promise.all(page.slice(at, at + batchSize).map((planned) => act(planned, store)));
    }
    if (counts.errors >= maxErrors) break;
    await delay((performance.now() - startedMs) * restShare, undefined, { signal });
    startedMs = performance.now();
  }
  return counts;
}

async function carryOut(bucket: string, planned: Planned, store: ObjectStore): Promise<void> {
  if (planned.action === "abort-upload") {
    await store.abortUpload(planned.upload);
    return;
  }
  const { version, action } = planned;
  const isNamed = action === "delete-noncurrent-version" || action === "delete-expired-marker";
  await store.deleteObject(
    { bucket, key: version.key },
    { ifUnchanged: version, ...(isNamed && { versionId: version.versionId }) },
  );
}

function isChanged(error: unknown): boolean {
  return error instanceof StoreError && changedCodes.has(error.code);
}
