import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Who has a store open shares this lock; who takes over the directory has it alone for a moment. So a new owner never works on
 * an index that processes of the old one still write to. The kernel drops it with the process.
 */
const membersFile = "members.sqlite";

export type MembersLock = { release(): void };

const pollMs = 50;
const sqliteBusy = 5;

/** Waits while a new owner recovers the index. */
export async function joinMembers(directory: string, timeoutMs: number): Promise<MembersLock | undefined> {
  return await poll(directory, "BEGIN; SELECT 1 FROM sqlite_schema", timeoutMs);
}

/** Waits for processes of an earlier owner to end. Undefined when they do not. */
export async function excludeMembers(directory: string, timeoutMs: number): Promise<MembersLock | undefined> {
  return await poll(directory, "BEGIN EXCLUSIVE", timeoutMs);
}

async function poll(directory: string, sql: string, timeoutMs: number): Promise<MembersLock | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const lock = tryLock(join(directory, membersFile), sql);
    if (lock !== undefined) return lock;
    if (performance.now() > deadline) return undefined;
    await delay(pollMs);
  }
}

/** A transaction on an empty database, which the kernel ends with the process. Undefined when others are in the way. */
export function tryLock(path: string, sql: string): MembersLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec(sql);
    return { release: () => database.isOpen && database.close() };
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** Whether SQLite says that others have the lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}
