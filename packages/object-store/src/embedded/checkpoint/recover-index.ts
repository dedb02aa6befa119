import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "../../store-error.ts";
import { isMissing } from "../disk-error.ts";
import { takeEpoch } from "../epochs.ts";
import type { Change } from "../log/commit-record.ts";
import { segmentPath } from "../log/segment-path.ts";
import { numbersIn } from "../numbers-in.ts";
import {
  type Index,
  indexFile,
  indexLockBytes,
  indexPageBytes,
  openIndex,
  readNumber,
  writeNumber,
} from "../open-index.ts";
import { holdKeys } from "../snapshot/hold.ts";
import { type Checkpoint, newestIn } from "./checkpoint-file.ts";
import { checkpointFile, holdSnapshot, startCheckpoints } from "./checkpoints.ts";
import { metaPages } from "./meta-page.ts";
import { readCommits } from "./read-commits.ts";

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
    await index.root.childTransaction(() => {
      const tables = index.recording([]);
      writeNumber(tables, "fence", epoch);
      for (const key of holdKeys(tables)) tables.meta.remove(key);
    });
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
  await resetIndexLock(directory);
  if (checkpoint === undefined) {
    // The first one comes before the first commit.
    if (await hasCommits(directory)) throw damaged(directory, "its checkpoints are missing or unreadable");
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

/** LMDB's table of readers is of processes that are gone. It is mapped: a hole in it that a full disk cannot fill is a SIGBUS. */
async function resetIndexLock(directory: string): Promise<void> {
  await writeFile(join(directory, "index", "lock.mdb"), Buffer.alloc(indexLockBytes), { mode: 0o600 });
}

async function hasCommits(directory: string): Promise<boolean> {
  const segments = join(directory, "segments");
  for (const epoch of await numbersIn(segments)) {
    for (const segment of await numbersIn(join(segments, String(epoch)))) {
      if ((await stat(segmentPath(directory, { epoch, segment }))).size > 0) return true;
    }
  }
  return false;
}

const changesPerTransaction = 4096;

async function replayLog(directory: string, index: Index): Promise<void> {
  const restored = readNumber(index, "sequence", 0);
  const first = restored + 1;
  const fence = readNumber(index, "fence", 0);
  // The directory of the highest epoch is never removed.
  if (Math.max(0, ...(await numbersIn(join(directory, "segments")))) < fence) {
    throw damaged(directory, "its log (segments) is missing");
  }
  const commits = await readCommits(directory, { fence, first });
  // Pages of a checkpoint are used again when a newer one is on the disk.
  if ([...commits.values()].some(({ checkpoint }) => checkpoint > restored)) {
    throw damaged(directory, "its newest checkpoint (checkpoints) is unreadable");
  }
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
