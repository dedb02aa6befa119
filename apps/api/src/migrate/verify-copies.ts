import type { MigrationObject } from "@stave/control-database";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { hashObject } from "../transfer/hash-object.ts";
import { readObject, type SourceObject } from "../transfer/read-object.ts";
import { isTransient } from "../transfer/retry.ts";
import { TransferError } from "../transfer/transfer-error.ts";
import { batches, type Entry, listKeys } from "./list-source.ts";
import type { MigrationWork, PlannedBucket } from "./migration-work.ts";

export type Difference = { readonly bucket: string; readonly key: string; readonly how: string };

/** After so many nobody reads on. */
const maxDifferences = 100;
const page = 500;

/**
 * Compares all that is in a bucket of the target with what is known to have been copied: which, how many, in which order, how large, with which checksum. The
 * last pass has compared that with the source.
 */
export async function verifyBucket(work: MigrationWork, bucket: PlannedBucket): Promise<readonly Difference[]> {
  const { target, objects, migration, signal } = work;
  const differences: Difference[] = [];
  const differs = (key: string, how: string) => void differences.push({ bucket: bucket.name, key, how });
  const keys = listKeys(target.client, bucket.target_name, { hasVersions: bucket.has_versions, signal });
  for await (const batch of batches(keys)) {
    await work.throwIfCancelled();
    const names = batch.map(({ key }) => key);
    const journal = await objects.ofKeys(migration.id, { bucket: bucket.name, keys: names });
    const byKey = Map.groupBy(journal, ({ key }) => key);
    const verified: MigrationObject[] = [];
    for (const { key, entries } of batch) {
      const rows = (byKey.get(key) ?? []).filter(({ state }) => state !== "failed" && state !== "copying");
      const how = compare(entries, rows, bucket) ?? (await readAgain(work, { bucket, rows }));
      if (how === undefined) verified.push(...rows.map((row): MigrationObject => ({ ...row, state: "verified" })));
      else differs(key, how);
    }
    await objects.save(migration.id, verified);
    if (differences.length >= maxDifferences) return differences;
  }
  // What the target has not shown.
  const query = { bucket: bucket.name, states: ["copied", "copying"] as const, limit: page };
  for (const { key, state } of await objects.list(migration.id, query)) {
    if (differences.some((known) => known.key === key)) continue;
    differs(key, state === "copied" ? "it is not in the target" : "the source has changed while it was copied");
  }
  return differences;
}

/** Undefined: nothing is different. */
function compare(
  entries: readonly Entry[],
  rows: readonly MigrationObject[],
  { has_versions }: PlannedBucket,
): string | undefined {
  if (entries.length !== rows.length) {
    return rows.length === 0
      ? "it is only in the target"
      : `the target has ${entries.length} of ${rows.length} versions`;
  }
  for (const [at, entry] of entries.entries()) {
    const row = rows[at];
    if (row === undefined || (has_versions && entry.versionId !== row.targetVersionId))
      return "versions are in another order";
    if (entry.isMarker !== row.isMarker) return "a delete marker is none";
    if (entry.sizeBytes !== row.sizeBytes) return `it has ${entry.sizeBytes} instead of ${row.sizeBytes} bytes`;
    if (!row.isMarker && entry.etag !== row.targetEtag) return "its ETag is not that of what was written";
  }
  return undefined;
}

async function readAgain(
  work: MigrationWork,
  { bucket, rows }: { readonly bucket: PlannedBucket; readonly rows: readonly MigrationObject[] },
): Promise<string | undefined> {
  if (work.options.verify !== "read") return undefined;
  for (const row of rows) {
    if (row.isMarker) continue;
    await work.throwIfCancelled();
    try {
      const how = await readOne(work, bucket, row);
      if (how !== undefined) return how;
    } catch (error) {
      const status = statusOf(error);
      if (error instanceof TransferError) return error.message;
      if (status === undefined || isTransient(error)) throw error;
      return `it cannot be read: ${describeS3Error(error).reason}`;
    }
  }
  return undefined;
}

async function readOne(
  { source, target, signal }: MigrationWork,
  bucket: PlannedBucket,
  { key, versionId, targetVersionId, sha256, etag, lost }: MigrationObject,
): Promise<string | undefined> {
  const there = { bucket: bucket.target_name, key, versionId: targetVersionId };
  if ((await hashObject(target.client, there, { signal })).sha256 !== sha256) return "its bytes are others";
  const here = { bucket: bucket.name, key, etag, ...(versionId !== "" && { versionId }) };
  const read = await readObject(source.client, here, { signal });
  read.discard();
  const written = await readObject(target.client, there, { signal });
  written.discard();
  return describe(read, lost) === describe(written, lost) ? undefined : "its headers, metadata or tags are others";
}

function describe({ headers, tags }: SourceObject, lost: readonly string[] = []): string {
  const sorted = tags.map(({ key, value }) => [key, value]).toSorted();
  const metadata = Object.entries(headers.Metadata ?? {}).toSorted();
  const rest = Object.entries(headers)
    .filter(([name]) => name !== "Metadata")
    .toSorted();
  return JSON.stringify([rest, metadata, lost.includes("tags") ? [] : sorted]);
}
