import { setTimeout as delay } from "node:timers/promises";
import type { Bucket, ObjectStore } from "@stave/object-store";
import { parseLifecycleConfiguration } from "@stave/s3-xml";
import { createConfigurationCache } from "../configuration/bucket-configurations.ts";
import { S3Error } from "../errors/s3-error.ts";
import { checkLifecycle } from "./check-lifecycle.ts";
import { compileLifecycleRules, type LifecycleRules } from "./lifecycle-rules.ts";
import { keyOf, type Planned, planBucket } from "./plan-bucket.ts";
import { configuredBuckets } from "./run-lifecycle.ts";

export type PlanQuery = {
  /** @default all of them */
  readonly bucket?: string;
  /** A date, or a date and time with a zone. @default now */
  readonly at?: string;
  /** A document instead of the bucket's own: what it would do if it were put. Needs `bucket`. */
  readonly rules?: string;
};

/** One thing that lifecycle rules would do. */
export type PlanEntry = {
  readonly bucket: string;
  readonly key: string;
  readonly action: Planned["action"];
  readonly versionId?: string;
  readonly uploadId?: string;
  readonly sizeBytes?: number;
  readonly ruleId: string;
  /** Since when. */
  readonly dueAt: string;
};

/** A plan can be of any length: it is read in pieces, and ends with how many entries it had, or is not whole. */
export type PlanLine = PlanEntry | { readonly total: number };

/**
 * What a run of the lifecycle rules would do, and nothing of it is done. Takes its time: half of it is a pause.
 *
 * Throws `NoSuchBucket`, `InvalidArgument`, and what `checkLifecycle` and the parser throw, before the first piece.
 */
export async function* showPlan(
  store: ObjectStore,
  { bucket, at, rules: document }: PlanQuery,
  dayMs: number,
): AsyncGenerator<readonly PlanLine[]> {
  const now = readMoment(at);
  const rules = readRules(document, bucket);
  const buckets = bucket === undefined ? configuredBuckets(store) : [await findBucket(store, bucket)];
  const configurations = createConfigurationCache(store);
  let total = 0;
  for await (const found of buckets) {
    let startedMs = performance.now();
    for await (const page of planBucket(found, { store, configurations, now, dayMs, ...(rules && { rules }) })) {
      total += page.length;
      if (page.length > 0) yield page.map((planned) => showEntry(found.name, planned));
      await delay(performance.now() - startedMs);
      startedMs = performance.now();
    }
  }
  yield [{ total }];
}

function readMoment(at: string | undefined): () => Date {
  if (at === undefined) return () => new Date();
  const moment = new Date(/^\d{4}-\d{2}-\d{2}(T[\d:.]{5,12}(Z|[+-]\d{2}:\d{2}))?$/.test(at) ? at : Number.NaN);
  if (!Number.isNaN(moment.getTime())) return () => moment;
  throw invalidArgument("at", at, "Expected a date, or a date and time with a zone, like 2030-01-31T00:00:00Z");
}

function readRules(document: string | undefined, bucket: string | undefined): LifecycleRules | undefined {
  if (document === undefined) return undefined;
  if (bucket === undefined) throw invalidArgument("bucket", "", "Expected a bucket for the rules");
  const configuration = parseLifecycleConfiguration(Buffer.from(document));
  checkLifecycle(configuration);
  return compileLifecycleRules(configuration);
}

async function findBucket(store: ObjectStore, name: string): Promise<Bucket> {
  const bucket = await store.readBucket(name);
  if (bucket !== undefined) return bucket;
  throw new S3Error("NoSuchBucket", "The specified bucket does not exist", { elements: { BucketName: name } });
}

function showEntry(bucket: string, planned: Planned): PlanEntry {
  const { action, ruleId } = planned;
  const common = { bucket, key: keyOf(planned), action, ruleId, dueAt: planned.dueAt.toISOString() };
  if (planned.action === "abort-upload") return { ...common, uploadId: planned.upload.uploadId };
  const { version } = planned;
  return {
    ...common,
    versionId: version.versionId,
    ...(!version.isDeleteMarker && { sizeBytes: version.sizeBytes }),
  };
}

function invalidArgument(name: string, value: string, message: string): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: name, ArgumentValue: value } });
}
