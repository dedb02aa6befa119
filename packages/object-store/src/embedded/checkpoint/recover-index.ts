import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "../../store-error.ts";
import { isMissing } from "../disk-error.ts";
import { takeEpoch } from "../epochs.ts";
import { type Change, type Commit, decodeCommit, sequenceOf } from "../log/commit-record.ts";
import { isBody, readSegment, type SegmentRecord } from "../log/read-segment.ts";
import { segmentPath } from "../log/segment-path.ts";
import { numbersIn } from "../numbers-in.ts";
import { type Index, indexFile, indexPageBytes, openIndex, readNumber, writeNumber } from "../open-index.ts";
import { type Checkpoint, newestIn } from "./checkpoint-file.ts";
import { checkpointFile, holdSnapshot, startCheckpoints } from "./checkpoints.ts";
import { metaPages } from "./meta-page.ts";

/**
 * Brings the index back to the last commit that was acknowledged: restores the newest checkpoint, then writes what the log
 * has after it again. After a clean end there is nothing to write. The caller has the directory for itself, and starts a
 * checkpoint before anybody commits.
 *
 * Throws `DataDirectoryUnusable` when something that was flushed is gone or damaged.
 */
export async function recoverIndex(directory: string): Promise<void> {
  const checkpoint = await findCheckpoint(directory);
  await restoreIndex(directory, checkpoint);
  const index = openIndex(directory);
  try {
    // The checkpoint that was restored is all there is until the next one: none of its pages may be used again.
    const { reader } = holdSnapshot(index);
    await replayLog(directory, index);
    const epoch = await takeEpoch(directory);
    await index.root.childTransaction(() => writeNumber(index.recording([]), "fence", epoch));
    const checkpoints = await startCheckpoints({ directory, epoch, index, onBroken: () => {}, onPoint: () => {} });
    await checkpoints.close();
    reader.done();
    await removeOldCheckpoints(directory, epoch);
  } finally {
    await index.root.close();
  }
}

/** The newest one of all processes. */
async function findCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  let newest: Checkpoint | undefined;
  for (const epoch of await numbersIn(join(directory, "checkpoints"))) {
    const found = newestIn(await readFile(checkpointFile(directory, epoch)));
    if (found !== undefined && (newest === undefined || found.txnId > newest.txnId)) newest = found;
  }
  return newest;
}

async function restoreIndex(directory: string, checkpoint: Checkpoint | undefined): Promise<void> {
  const path = indexFile(directory);
  await rm(join(directory, "index", "lock.mdb"), { force: true }); // of processes that are gone
  if (checkpoint === undefined) {
    // Nothing was ever flushed: all there is, is in the log.
    await rm(path, { force: true });
    return;
  }
  const sizeBytes = await sizeOf(path);
  if (sizeBytes < checkpoint.indexBytes) {
    throw damaged(
      directory,
      `its index (index/data.mdb) has ${sizeBytes} bytes instead of ${checkpoint.indexBytes} or more`,
    );
  }
  const file = await open(path, "r+");
  try {
    // In both places: whatever else is there belongs to a state that may not be whole.
    for (let page = 0; page < metaPages; page += 1) {
      await file.write(checkpoint.metaPage, 0, indexPageBytes, page * indexPageBytes);
    }
  } finally {
    await file.close();
  }
}

const changesPerTransaction = 4096;

async function replayLog(directory: string, index: Index): Promise<void> {
  const first = readNumber(index, "sequence", 0) + 1;
  const fence = readNumber(index, "fence", 0);
  const commits = await readCommits(directory, { fence, first });
  let next = first;
  let waiting: Change[] = [];
  const apply = async (): Promise<void> => {
    const changes = waiting;
    waiting = [];
    await index.root.childTransaction(() => {
      for (const change of changes) index.apply(change);
    });
  };
  for (const commit of [...commits.values()].sort((a, b) => a.sequence - b.sequence)) {
    if (commit.sequence !== next) {
      // Commits that nobody waited for may go missing before others of that kind, never before one that was flushed.
      if ([...commits.values()].some(({ sequence, isFlushed }) => isFlushed && sequence >= next)) {
        throw damaged(directory, `commit ${next} is missing from its log (segments)`);
      }
      break;
    }
    waiting.push(...commit.changes);
    next += 1;
    if (waiting.length >= changesPerTransaction) await apply();
  }
  await apply();
}

/**
 * The commits from `first` on, in the segments of all processes. Of one sequence the last attempt counts. The checkpoint has
 * all of the epochs below its fence.
 */
async function readCommits(
  directory: string,
  { fence, first }: { readonly fence: number; readonly first: number },
): Promise<Map<number, Commit>> {
  const commits = new Map<number, Commit>();
  for (const epoch of await numbersIn(join(directory, "segments"))) {
    if (epoch < fence) continue;
    const segments = (await numbersIn(join(directory, "segments", String(epoch)))).sort((a, b) => b - a);
    for (const segment of segments) {
      const { found, beginsBefore } = await readCommitsOf(segmentPath(directory, { epoch, segment }), first);
      for (const commit of found) {
        const other = commits.get(commit.sequence);
        if (other === undefined || other.atNs < commit.atNs) commits.set(commit.sequence, commit);
      }
      if (beginsBefore) break; // the segments before it are older still
    }
  }
  return commits;
}

async function readCommitsOf(
  path: string,
  first: number,
): Promise<{ readonly found: readonly Commit[]; readonly beginsBefore: boolean }> {
  const found: Commit[] = [];
  let beginsBefore = false;
  const file = await open(path, "r");
  try {
    let batch: SegmentRecord[] = [];
    for await (const record of readSegment(file)) {
      if (isBody(record)) {
        batch.push({ ...record, payload: noBytes, owner: noBytes });
        continue;
      }
      // A batch that was cut off in the middle was never acknowledged, and nothing was written behind it.
      if (!record.isIntact || batch.some(({ isIntact }) => !isIntact)) break;
      batch = [];
      if (sequenceOf(record.payload) < first) beginsBefore = true;
      else found.push(decodeCommit(record.payload));
    }
  } finally {
    await file.close();
  }
  return { found, beginsBefore };
}

const noBytes = Buffer.alloc(0);

async function removeOldCheckpoints(directory: string, newest: number): Promise<void> {
  for (const epoch of await numbersIn(join(directory, "checkpoints"))) {
    if (epoch < newest) await rm(checkpointFile(directory, epoch), { force: true });
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const file = await open(path, "r");
    try {
      return (await file.stat()).size;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

function damaged(directory: string, what: string): StoreError {
  return new StoreError(
    "DataDirectoryUnusable",
    `The data directory ${directory} is damaged: ${what}. Restore it from a backup`,
  );
}
