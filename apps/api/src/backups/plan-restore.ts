import { HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import type { BackupRecord } from "@stave/control-database";
import { statusOf } from "../services/describe-s3-error.ts";
import { listBucketNames } from "../services/empty-account.ts";
import { until, withRetries } from "../transfer/retry.ts";
import type { BackupStore } from "./backup-store.ts";
import { openRestoreIndex, type RestoredBucket, type RestoreIndex } from "./restore-index.ts";

type Amount = { objects: number; sizeBytes: number };

export type RestorePlan = {
  readonly mode: "in_place" | "new_service";
  readonly buckets: readonly PlannedBucket[];
  readonly keptBuckets: readonly string[];
  readonly written: Amount;
  readonly replaced: Amount;
  readonly unchanged: Amount;
  readonly deleted: Amount;
  readonly notes: readonly string[];
  readonly blockers: readonly string[];
};

type PlannedBucket = {
  readonly name: string;
  readonly target: string;
  readonly exists: boolean;
  readonly written: Amount;
  readonly replaced: Amount;
  readonly unchanged: Amount;
  readonly deleted: Amount;
  readonly settings: readonly string[];
  readonly unreadSettings: readonly string[];
};

export type PlanInput = {
  readonly backup: BackupRecord;
  readonly store: BackupStore;
  readonly mode: "in_place" | "new_service";
  readonly bucketSuffix: string;
  /** In place: of the service. Else: of any account that sees whether names are taken. Undefined: there is nothing yet. */
  readonly client: S3Client | undefined;
  readonly signal: AbortSignal;
};

/** What a restore would do. It writes nothing. */
export async function planRestore(input: PlanInput): Promise<RestorePlan> {
  const { backup, mode, client, signal } = input;
  const index = await openRestoreIndex({ ...input, withHistory: false });
  try {
    const own = mode === "in_place" && client !== undefined ? await listBucketNames(client, signal) : [];
    const buckets: PlannedBucket[] = [];
    const blockers: string[] = [];
    for (const bucket of index.buckets) {
      const exists = own.includes(bucket.target);
      if (exists && client !== undefined) await index.lookAt(client, bucket, signal);
      else blockers.push(...(await blockersOf(client, bucket, signal)));
      buckets.push(planBucket(index, bucket, exists));
    }
    const targets = new Set(buckets.map(({ target }) => target));
    return {
      mode,
      buckets,
      keptBuckets: own.filter((name) => !targets.has(name)),
      written: sum(buckets.map(({ written }) => written)),
      replaced: sum(buckets.map(({ replaced }) => replaced)),
      unchanged: sum(buckets.map(({ unchanged }) => unchanged)),
      deleted: sum(buckets.map(({ deleted }) => deleted)),
      notes: notesOf(backup, mode),
      blockers,
    };
  } finally {
    index.close();
  }
}

/** Names of buckets belong to one account of an engine. */
async function blockersOf(
  client: S3Client | undefined,
  { target }: RestoredBucket,
  signal: AbortSignal,
): Promise<string[]> {
  if (target.length > 63) return [`The name ${target} has more than 63 characters.`];
  if (client === undefined) return [];
  return (await isTaken(client, target, signal)) ? [`The name ${target} belongs to a bucket that is there.`] : [];
}

export async function isTaken(client: S3Client, Bucket: string, signal: AbortSignal): Promise<boolean> {
  try {
    await withRetries(() => client.send(new HeadBucketCommand({ Bucket }), until(signal)), { signal });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    if (statusOf(error) === 403 || statusOf(error) === 301) return true;
    throw error;
  }
}

function planBucket(index: RestoreIndex, { name, target, line }: RestoredBucket, exists: boolean): PlannedBucket {
  const amounts = { written: zero(), replaced: zero(), unchanged: zero(), deleted: zero() };
  for (const { line: object, found } of index.wanted(name)) {
    const amount = found === "missing" ? amounts.written : found === "other" ? amounts.replaced : amounts.unchanged;
    amount.objects += 1;
    amount.sizeBytes += object.sizeBytes;
  }
  for (const { sizeBytes } of index.extra(name)) {
    amounts.deleted.objects += 1;
    amounts.deleted.sizeBytes += sizeBytes;
  }
  const { settings, unread } = line;
  return { name, target, exists, ...amounts, settings: Object.keys(settings), unreadSettings: unread };
}

function notesOf({ withVersions }: BackupRecord, mode: PlanInput["mode"]): string[] {
  if (mode === "new_service") {
    return [
      "The service gets an account and keys of its own.",
      ...(withVersions ? ["All versions are brought back in their order, with new ids."] : []),
    ];
  }
  return [
    "Objects in these buckets that the backup does not have are deleted; other buckets stay as they are.",
    "Bucket settings become those of the backup.",
    "Older versions that are there stay; the newest of each object becomes that of the backup.",
  ];
}

function zero(): Amount {
  return { objects: 0, sizeBytes: 0 };
}

function sum(amounts: readonly Amount[]): Amount {
  const total = zero();
  for (const { objects, sizeBytes } of amounts) {
    total.objects += objects;
    total.sizeBytes += sizeBytes;
  }
  return total;
}
