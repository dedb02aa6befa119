import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readdir, rename, rm, stat, statfs, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isNoSpace } from "./disk-error.ts";

/**
 * Blocks of the disk that are kept for the day it is full: a delete appends to the log and writes pages of the index before it
 * gives anything back, and so does a start. It is given up when one of these finds no space. From then on, until there is room
 * to make it again, what takes space is refused, so that nothing else eats what deletes need. It is a file, and its being there
 * is the state: all processes see the same.
 */
export interface Reserve {
  isGivenUp(): boolean;
  /** Frees its blocks; false when there are none. */
  giveUp(): Promise<boolean>;
  /** Makes it when it is missing and there is room. Never fails: it is tried again. */
  restore(): Promise<void>;
  /** After a write that failed without saying why: true when nothing can be written. */
  isDiskFull(): Promise<boolean>;
}

const mib = 2 ** 20;
/** Some thousand deletes, each of which writes about 500 bytes of log and, until the next checkpoint, some pages of the index. */
const maxReserveBytes = 8 * mib;
/** Of a tiny disk no more than this part. */
const maxPart = 1 / 8;
/** More than the reserve must be free before it is made: else the next write would give it up again. */
const marginBytes = mib;
/** A quota is not seen before it is hit. */
const retryMs = 10_000;

const reserveName = "reserve";

export function createReserve(directory: string): Reserve {
  const path = join(directory, reserveName);
  let notBeforeMs = 0;

  const isGivenUp = (): boolean => !existsSync(path);

  return {
    isGivenUp,
    async giveUp() {
      try {
        await unlink(path);
        return true;
      } catch {
        return false; // another process was faster, or the disk takes no change at all, which the caller will see
      }
    },
    async restore() {
      if (!isGivenUp() || performance.now() < notBeforeMs) return;
      try {
        const { sizeBytes, freeBytes } = await measure(directory);
        if (freeBytes >= sizeBytes + marginBytes) await makeFile(path, sizeBytes);
      } catch {
        notBeforeMs = performance.now() + retryMs;
      }
    },
    async isDiskFull() {
      const probe = join(directory, `${reserveName}.probe-${process.pid}`);
      try {
        await writeFile(probe, blockBytes);
        return false;
      } catch (error) {
        return isNoSpace(error);
      } finally {
        await rm(probe, { force: true }).catch(() => {});
      }
    },
  };
}

/** Runs something that a full disk must not prevent, and that may be begun again. */
export async function withReserve<T>(reserve: Reserve, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isNoSpace(error)) throw error;
    await reserve.giveUp();
    return await work();
  }
}

/** Removes what processes that are gone have left half-made, and what a power cut has left empty. For the owner of the directory. */
export async function clearReserve(directory: string): Promise<void> {
  const { sizeBytes } = await measure(directory);
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (name.startsWith(`${reserveName}.`)) await rm(path, { force: true });
    if (name === reserveName && (await stat(path)).blocks * 512 < sizeBytes) await rm(path, { force: true });
  }
}

async function measure(directory: string): Promise<{ readonly sizeBytes: number; readonly freeBytes: number }> {
  const { blocks, bavail, bsize } = await statfs(directory);
  const part = Math.floor((blocks * bsize * maxPart) / mib) * mib;
  return { sizeBytes: Math.min(maxReserveBytes, Math.max(part, mib)), freeBytes: bavail * bsize };
}

async function makeFile(path: string, sizeBytes: number): Promise<void> {
  const making = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(making, sizeBytes);
    await rename(making, path);
  } catch (error) {
    await rm(making, { force: true });
    throw error;
  }
}

const blockBytes = 64 * 1024;

/** Without a flush: the kernel sets the blocks aside when they are written, and nothing of it has to survive. */
async function writeFile(path: string, sizeBytes: number): Promise<void> {
  const block = randomBytes(blockBytes); // a file system must not save space with it
  const file = await open(path, "w", 0o600);
  try {
    for (let written = 0; written < sizeBytes; written += blockBytes) await file.writeFile(block);
  } finally {
    await file.close();
  }
}
