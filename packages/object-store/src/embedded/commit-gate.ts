import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { isBusy } from "./members-lock.ts";

// LMDB (ITS#9496, in lmdb 3.5.6 too): who opens an environment reads which transaction was the last one, and writes that number
// into the memory that all processes share, under no lock. When another process has committed in between, the next transaction
// begins before that commit and writes over it: what was acknowledged is gone, and its sequence is used again. So nobody
// commits while somebody opens the index.
//
// To lock and unlock both files takes 8 µs. Who commits therefore keeps the shared lock of `commits.sqlite` for some commits, and
// takes it only while it can share that of `opening.sqlite`: who opens has the latter for itself first, so that the former is not
// taken again, and waits for those who still have it.

const commitsFile = "commits.sqlite";
const openingFile = "opening.sqlite";

/** What an opening waits for at the most, while all is well. */
const leaseMs = 10;
const pollMs = 2;
/** Longer than this no commit waits for an opening that waits for a process that hangs. */
const patienceMs = 1_000;
const pauseMs = 100;

/** Lets this process commit while no other one opens the index. */
export interface CommitGate {
  /** Before each commit. Undefined when it may begin at once; else to be awaited. */
  enter(): Promise<void> | undefined;
  /** After each commit that was let in. */
  leave(): void;
  close(): void;
}

export function createCommitGate(directory: string): CommitGate {
  const opening = createLock(join(directory, openingFile));
  const commits = createLock(join(directory, commitsFile));
  let isHeld = false;
  let isInside = false;
  let isDue = false;
  let timer: NodeJS.Timeout | undefined;

  const letGo = (): void => {
    if (!isHeld) return;
    clearTimeout(timer);
    isHeld = false;
    commits.release();
  };

  const tryHold = (): boolean => {
    if (!opening.take(shared)) return false;
    try {
      isHeld = commits.take(shared);
    } finally {
      opening.release();
    }
    if (!isHeld) return false;
    isDue = false;
    timer = setTimeout(() => {
      isDue = true;
      if (!isInside) letGo();
    }, leaseMs).unref();
    return true;
  };

  const hold = async (): Promise<void> => {
    while (!tryHold()) await delay(pollMs);
    isInside = true;
  };

  return {
    enter() {
      if (!isHeld && !tryHold()) return hold();
      isInside = true;
      return undefined;
    },
    leave() {
      isInside = false;
      if (isDue) letGo();
    },
    close() {
      letGo();
      opening.close();
      commits.close();
    },
  };
}

/**
 * Opens what others commit to. Undefined when a process that commits has not paused in time. Such a process has to come back to
 * its event loop: one that waits for us and does nothing else waits in vain.
 */
export async function openWhileNobodyCommits<T>(
  directory: string,
  { timeoutMs, open }: { readonly timeoutMs: number; readonly open: () => T },
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  const opening = createLock(join(directory, openingFile));
  const commits = createLock(join(directory, commitsFile));
  try {
    for (; performance.now() < deadline; await delay(pauseMs)) {
      if (!(await takeBy(opening, deadline))) return undefined;
      try {
        if (await takeBy(commits, Math.min(deadline, performance.now() + patienceMs))) return open();
      } finally {
        commits.release();
        opening.release();
      }
    }
    return undefined;
  } finally {
    commits.close();
    opening.close();
  }
}

/** Makes the files of the gate, whatever was there before. Nobody may have the directory open. */
export async function resetCommitGate(directory: string): Promise<void> {
  for (const name of [openingFile, commitsFile]) await writeFile(join(directory, name), "", { mode: 0o600 });
}

async function takeBy(lock: Lock, deadline: number): Promise<boolean> {
  while (!lock.take(exclusive)) {
    if (performance.now() >= deadline) return false;
    await delay(pollMs);
  }
  return true;
}

const shared = "BEGIN; SELECT 1 FROM sqlite_schema";
const exclusive = "BEGIN EXCLUSIVE";

type Lock = {
  /** False when others are in the way. */
  take(sql: typeof shared | typeof exclusive): boolean;
  release(): void;
  close(): void;
};

/** A transaction on an empty database, which the kernel ends with the process. */
function createLock(path: string): Lock {
  const database = new DatabaseSync(path, { timeout: 0 });
  const release = (): void => {
    if (database.isTransaction) database.exec("ROLLBACK");
  };
  return {
    take(sql) {
      try {
        database.exec(sql);
        return true;
      } catch (error) {
        release();
        if (isBusy(error)) return false;
        throw error;
      }
    },
    release,
    close: () => database.close(),
  };
}
