import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import type { MigrationObject } from "@stave/control-database";
import { describeS3Error, statusOf } from "../services/describe-s3-error.ts";
import { copyObject } from "../transfer/copy-object.ts";
import type { EngineAbilities } from "../transfer/engine-abilities.ts";
import { isTransient, until, withRetries } from "../transfer/retry.ts";
import { runTransfers } from "../transfer/run-transfers.ts";
import { TransferError } from "../transfer/transfer-error.ts";
import { pieceBytes } from "../transfer/write-object.ts";
import { batches, type Entry, listKeys } from "./list-source.ts";
import type { MigrationWork, PlannedBucket } from "./migration-work.ts";
import { type KeyCopies, planCopies } from "./plan-copies.ts";
import { abortUploads, deleteVersion, keepVersions } from "./target-key.ts";

export type Pass = {
  /** Called with what was looked at. */
  readonly onSeen: (entries: number) => Promise<void>;
  readonly number: number;
  readonly abilities: EngineAbilities;
};

/** After so many in a row it is not the objects that fail. */
const maxFailuresInARow = 20;
const concurrency = 4;
const page = 500;

/**
 * Makes a bucket of the target what it is in the source now: copies what is missing, removes what is gone. What is copied is known before it is begun, so that
 * whoever goes on after a crash finds what was done half. Answers how much there was to do.
 */
export async function copyBucket(work: MigrationWork, bucket: PlannedBucket, pass: Pass): Promise<number> {
  const { source, objects, migration, signal } = work;
  const failures = { inARow: 0 };
  let changes = 0;
  const keys = listKeys(source.client, bucket.name, { hasVersions: bucket.has_versions, signal });
  for await (const batch of batches(keys)) {
    await work.throwIfCancelled();
    const names = batch.map(({ key }) => key);
    const journal = await objects.ofKeys(migration.id, { bucket: bucket.name, keys: names });
    const byKey = Map.groupBy(journal, ({ key }) => key);
    const planned = batch.map((group) => planCopies(group, byKey.get(group.key) ?? []));
    const todo = planned.filter(({ missing, needsCleaning }) => missing.length > 0 || needsCleaning);
    await objects.save(
      migration.id,
      planned.flatMap((copies) => intentsOf(copies, bucket, pass)),
    );
    changes += todo.length;
    const results: MigrationObject[] = [];
    try {
      await runTransfers(
        todo.map((copies) => ({ name: copies.key, run: () => copyKey(work, { copies, bucket, pass, failures }) })),
        {
          concurrency,
          signal,
          onDone: (done) => void results.push(...done),
          onFailed: (error) => {
            throw error;
          },
        },
      );
    } finally {
      // Also what was done before it was cut off need not be done again.
      await objects.save(migration.id, results);
    }
    await pass.onSeen(batch.reduce((sum, { entries }) => sum + entries.length, 0));
  }
  return changes + (await removeGone(work, bucket, pass));
}

/** What is kept was seen, and what is missing is under way. */
function intentsOf({ key, kept, missing }: KeyCopies, { name }: PlannedBucket, { number }: Pass): MigrationObject[] {
  const first = (kept.at(-1)?.seq ?? 0) + 1;
  return [
    ...kept.map((object) => ({ ...object, pass: number, state: "copied" as const })),
    ...missing.map((entry, at) => rowOf(entry, { bucket: name, key, seq: first + at, pass: number })),
  ];
}

function rowOf(
  { versionId, etag, modifiedAt, sizeBytes, isMarker }: Entry,
  at: { readonly bucket: string; readonly key: string; readonly seq: number; readonly pass: number },
): MigrationObject {
  return { ...at, versionId, etag, modifiedAt, sizeBytes, isMarker, state: "copying" };
}

type KeyWork = {
  readonly copies: KeyCopies;
  readonly bucket: PlannedBucket;
  readonly pass: Pass;
  readonly failures: { inARow: number };
};

/** What became of each. What has changed meanwhile stays `copying`: the next pass sees it. */
async function copyKey(work: MigrationWork, { copies, bucket, pass, failures }: KeyWork): Promise<MigrationObject[]> {
  const { key, kept, missing, needsCleaning } = copies;
  const { target, signal } = work;
  const at = { bucket: bucket.target_name, key };
  const done: MigrationObject[] = [];
  const first = (kept.at(-1)?.seq ?? 0) + 1;
  let failure: string | undefined;
  try {
    if (needsCleaning) await clean(work, { copies, bucket });
  } catch (error) {
    signal.throwIfAborted();
    failure = reasonOf(error);
  }
  for (const [offset, entry] of missing.entries()) {
    await work.throwIfCancelled();
    const row = rowOf(entry, { bucket: bucket.name, key, seq: first + offset, pass: pass.number });
    if (failure !== undefined) {
      done.push({ ...row, state: "failed", reason: failure });
      continue;
    }
    try {
      done.push({ ...row, ...(await copyEntry(work, { entry, bucket, key, pass })), state: "copied" });
      failures.inARow = 0;
    } catch (error) {
      signal.throwIfAborted();
      if (hasChanged(error)) return done;
      failures.inARow = isTransient(error) ? failures.inARow + 1 : 0;
      if (failures.inARow >= maxFailuresInARow) throw error;
      done.push({ ...row, state: "failed", reason: reasonOf(error) });
      failure = "An older version of it could not be copied.";
      // What is there of it is not what it is now.
      if (!bucket.has_versions) await deleteVersion(target.client, at, signal);
    }
  }
  return done;
}

async function clean(
  { target, signal }: MigrationWork,
  { copies: { key, kept, missing }, bucket }: Pick<KeyWork, "copies" | "bucket">,
): Promise<void> {
  const at = { bucket: bucket.target_name, key };
  if (missing.some(({ sizeBytes }) => sizeBytes > pieceBytes)) await abortUploads(target.client, at, signal);
  if (!bucket.has_versions) return; // it is overwritten
  await keepVersions(target.client, at, { kept: new Set(kept.map(({ targetVersionId }) => targetVersionId)), signal });
}

type EntryWork = { readonly entry: Entry; readonly bucket: PlannedBucket; readonly key: string; readonly pass: Pass };

async function copyEntry(
  work: MigrationWork,
  { entry, bucket, key, pass }: EntryWork,
): Promise<Partial<MigrationObject>> {
  const { source, target, signal, passing } = work;
  const { versionId, etag, isMarker } = entry;
  if (isMarker) {
    const command = new DeleteObjectCommand({ Bucket: bucket.target_name, Key: key });
    const answer = await withRetries(() => target.client.send(command, until(signal)), { signal });
    if (answer.DeleteMarker !== true || answer.VersionId === undefined) {
      throw new TransferError("TargetDiffers", "The target did not make a delete marker.");
    }
    return { targetVersionId: answer.VersionId };
  }
  const copied = await copyObject(
    {
      from: {
        client: source.client,
        ref: { bucket: bucket.name, key, etag, ...(versionId !== "" && { versionId }) },
      },
      to: { client: target.client, target: { bucket: bucket.target_name, key, abilities: pass.abilities } },
      passing,
    },
    { signal, tags: source.service.engine === "stave" ? "count" : "ask" },
  );
  if (bucket.has_versions && copied.versionId === undefined) {
    throw new TransferError("TargetDiffers", "The target did not make a version.");
  }
  const { lock } = copied;
  return {
    sha256: copied.sha256,
    targetEtag: copied.etag,
    ...(copied.versionId !== undefined && { targetVersionId: copied.versionId }),
    ...(copied.lost.length > 0 && { lost: copied.lost }),
    ...(lock !== undefined && { lock: { ...lock, retainUntil: lock.retainUntil?.toISOString() } }),
  };
}

/** It was overwritten or removed since it was listed. */
function hasChanged(error: unknown): boolean {
  if (error instanceof TransferError) return error.code === "SourceChanged";
  const name = error instanceof Error ? error.name : "";
  return name === "NoSuchKey" || name === "NoSuchVersion" || (name !== "NoSuchBucket" && statusOf(error) === 404);
}

function reasonOf(error: unknown): string {
  return error instanceof TransferError ? error.message : describeS3Error(error).reason;
}

/** What this pass has not seen is not in the source any more. */
export async function removeGone(work: MigrationWork, bucket: PlannedBucket, { number }: Pass): Promise<number> {
  const { objects, migration, target, signal } = work;
  let removed = 0;
  while (true) {
    const gone = await objects.list(migration.id, { bucket: bucket.name, notSeenIn: number, limit: page });
    for (const { key, state, targetVersionId } of gone) {
      await work.throwIfCancelled();
      const at = { bucket: bucket.target_name, key };
      if (!bucket.has_versions) await deleteVersion(target.client, at, signal);
      else if (targetVersionId !== undefined)
        await deleteVersion(target.client, { ...at, versionId: targetVersionId }, signal);
      else if (state === "copying") {
        const known = await objects.ofKeys(migration.id, { bucket: bucket.name, keys: [key] });
        await keepVersions(target.client, at, { kept: new Set(known.map((object) => object.targetVersionId)), signal });
      }
    }
    await objects.remove(migration.id, gone);
    removed += gone.length;
    if (gone.length < page) return removed;
  }
}
