import type { BackupCounts, BackupProblem, BackupRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import type { StepContext } from "../jobs/define-job.ts";
import { describeS3Error } from "../services/describe-s3-error.ts";
import { isTransient } from "../transfer/retry.ts";
import { type BackupStore, StoreError } from "./backup-store.ts";
import { eachAtOnce } from "./each-at-once.ts";
import { type KnownObjects, openKnownObjects } from "./known-objects.ts";
import { firstCursor, listSource, type SourceCursor, type SourceInput, type SourceItem } from "./list-source.ts";
import { type ManifestLine, type ObjectLine, writeChunk } from "./manifest.ts";
import { maxProblems, problemOf, sentence } from "./problems.ts";
import { type ListedItem, refreshLine, type StoredObject, smallBytes, storeObject } from "./store-object.ts";

/** After so much the manifest is stored: what was copied since then is copied again when the process ends. */
const maxBatchItems = 1000;
const maxBatchBytes = 256 * 1024 ** 2;
const smallAtOnce = 8;
const largeAtOnce = 2;
/** Who denies so many denies all of them. */
const maxFailures = 100;

export type MakeBackupInput = SourceInput & { readonly backup: BackupRecord; readonly store: BackupStore };

type Progress = { readonly counts: BackupCounts; readonly problems: readonly BackupProblem[] };

/**
 * Copies everything that an earlier backup has not stored, and writes down where all of it is. Goes on where it was cut off. What cannot be read is
 * among the problems, and counted; a {@link Problem} is what makes it useless to go on.
 */
export async function makeBackup(context: StepContext, input: MakeBackupInput): Promise<Progress> {
  const { backup, store, signal } = input;
  const { backups } = context.database.as("system");
  const chunks = await backups.chunks(backup.id);
  const known = await openKnownObjects(context, { store, backup, signal });
  try {
    let progress: Progress = { counts: backup.counts, problems: backup.problems };
    let number = chunks.length;
    const from = (chunks.at(-1)?.cursor as SourceCursor | undefined) ?? firstCursor;
    for await (const batch of batchesOf(listSource(context, input, from), known)) {
      const worked = await workOn(input, known, batch);
      progress = add(progress, worked);
      const chunk = await writeChunk({ store, backup, signal }, number, worked.lines);
      if (!(await backups.addChunk(backup.id, { ...chunk, cursor: batch.cursor }, progress))) {
        throw new Error(`The backup ${backup.id} is made by another process.`);
      }
      number += 1;
      const { objects, sizeBytes, failures } = progress.counts;
      await context.progress({ done: objects, message: `objects, ${sizeBytes} bytes` });
      if (failures >= maxFailures) throw failedWith(progress);
    }
    return progress;
  } finally {
    known.close();
  }
}

export function failedWith({ counts: { failures }, problems }: Progress): Problem {
  const failed = problems.filter(({ code }) => !isNote(code));
  const detail = `Not everything could be backed up. ${sentence(failed, failures)}`;
  return new Problem("CONFLICT", { detail });
}

/** What happened meanwhile, and is no failure. */
const notes = ["ObjectChanged", "ObjectVanished", "BucketVanished", "NotCarried"];
const isNote = (code: string) => notes.includes(code);

type Planned = { readonly item: SourceItem; readonly known?: ObjectLine | undefined };
type Batch = { readonly items: readonly Planned[]; readonly cursor: SourceCursor };

async function* batchesOf(source: AsyncIterable<SourceItem>, known: KnownObjects): AsyncGenerator<Batch> {
  let items: Planned[] = [];
  let sizeBytes = 0;
  let cursor = firstCursor;
  for await (const item of source) {
    const found = "object" in item ? known.find(item.object) : undefined;
    items.push({ item, known: found });
    cursor = item.cursor;
    if ("object" in item && found === undefined) sizeBytes += item.object.sizeBytes;
    if (items.length < maxBatchItems && sizeBytes < maxBatchBytes) continue;
    yield { items, cursor };
    items = [];
    sizeBytes = 0;
  }
  if (items.length > 0) yield { items, cursor };
}

type Worked = {
  readonly lines: readonly ManifestLine[];
  readonly counts: BackupCounts;
  readonly problems: readonly BackupProblem[];
};

async function workOn(input: MakeBackupInput, known: KnownObjects, { items }: Batch): Promise<Worked> {
  const lines: (ManifestLine | undefined)[] = Array.from({ length: items.length });
  const counts = { buckets: 0, objects: 0, sizeBytes: 0, storedObjects: 0, storedBytes: 0, changed: 0, vanished: 0 };
  const problems: BackupProblem[] = [];
  let failures = 0;
  const fail = (error: unknown, place: { readonly bucket: string; readonly key?: string }): void => {
    failures += 1;
    problems.push(problemOf(error, place));
  };
  const note = (code: string, reason: string, { bucket, key }: { readonly bucket: string; readonly key: string }) =>
    problems.push({ code, reason, bucket, key });

  const keep = async (at: number, object: ListedItem, line: ObjectLine | undefined): Promise<void> => {
    const stored = await store(input, { known, object, line }).catch((error: unknown) => {
      if (input.signal.aborted || isTransient(error)) throw error;
      if (error instanceof StoreError) throw destinationProblem(error, object);
      fail(error, { bucket: object.bucket, key: object.key });
      return undefined;
    });
    if (stored === undefined) return;
    if ("hasVanished" in stored) {
      counts.vanished += 1;
      note("ObjectVanished", "It was deleted before it was read.", object);
      return;
    }
    lines[at] = stored.line;
    counts.objects += 1;
    counts.sizeBytes += stored.line.sizeBytes;
    if (stored.isChanged) {
      counts.changed += 1;
      note("ObjectChanged", "It was overwritten meanwhile: the backup has the newer one.", object);
    }
    if (stored.line.lost !== undefined) note("NotCarried", `It has ${stored.line.lost.join(" and ")}.`, object);
    if (stored.storedBytes !== undefined) {
      counts.storedObjects += 1;
      counts.storedBytes += stored.storedBytes;
    }
  };

  const objects: { readonly at: number; readonly object: ListedItem; readonly line: ObjectLine | undefined }[] = [];
  for (const [at, { item, known: line }] of items.entries()) {
    if ("object" in item) objects.push({ at, object: item.object, line });
    else if ("marker" in item) lines[at] = item.marker;
    else if ("bucket" in item) {
      lines[at] = item.bucket;
      counts.buckets += 1;
    } else if (describeS3Error(item.failure.error).code === "NoSuchBucket") {
      counts.vanished += 1;
      problems.push({ bucket: item.failure.bucket, code: "BucketVanished", reason: "It was deleted meanwhile." });
    } else if (isTransient(item.failure.error)) throw item.failure.error;
    else fail(item.failure.error, { bucket: item.failure.bucket });
  }
  const isLarge = ({ object, line }: (typeof objects)[number]) => line === undefined && object.sizeBytes > smallBytes;
  const run = ({ at, object, line }: (typeof objects)[number]) => keep(at, object, line);
  await eachAtOnce(
    objects.filter((one) => !isLarge(one)),
    smallAtOnce,
    run,
  );
  await eachAtOnce(objects.filter(isLarge), largeAtOnce, run);
  return { lines: lines.filter((line) => line !== undefined), counts: { ...counts, failures }, problems };
}

async function store(
  { client, store: destination, backup, signal }: MakeBackupInput,
  {
    known,
    object,
    line,
  }: { readonly known: KnownObjects; readonly object: ListedItem; readonly line: ObjectLine | undefined },
): Promise<StoredObject> {
  if (line !== undefined) return await refreshLine({ client, signal }, object, line);
  return await storeObject({ client, store: destination, folder: backup.folder, known, signal }, object);
}

/** Where it may work later it is tried again. */
function destinationProblem(error: StoreError, { bucket, key }: ListedItem): Error {
  if (error.code === "Away") return error;
  const detail = `${bucket}/${key.slice(0, 200)} could not be stored: ${error.message}`;
  return new Problem("CONFLICT", { detail, cause: error });
}

function add(before: Progress, { counts, problems }: Worked): Progress {
  const sum = Object.fromEntries(
    Object.entries(counts).map(([name, value]) => [name, value + (before.counts[name as keyof BackupCounts] ?? 0)]),
  ) as unknown as BackupCounts;
  const all = [...before.problems, ...problems];
  const failed = all.filter(({ code }) => !isNote(code)).slice(0, maxProblems);
  const noted = all.filter(({ code }) => isNote(code)).slice(0, maxProblems);
  return { counts: sum, problems: [...failed, ...noted] };
}
