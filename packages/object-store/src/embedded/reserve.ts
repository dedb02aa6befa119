import { existsSync } from "node:fs";
import { open, readdir, rename, rm, statfs, unlink } from "node:fs/promises";
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
  // Without a flush: the kernel sets the blocks aside when they are written, and after a crash the file is made again.
  const block = Buffer.alloc(mib, "\x00reserve of free space");
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
        const sizeBytes = await affordable(directory);
        if (sizeBytes === 0) return;
        await makeFile(path, sizeBytes, block);
      } catch {
        notBeforeMs = performance.now() + retryMs;
      }
    },
    async isDiskFull() {
      const probe = join(directory, `${reserveName}.probe-${process.pid}`);
      try {
        await writeFile(probe, [block.subarray(0, 64 * 1024)]);
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
    if (!isNoSpace(error) || !(await reserve.giveUp())) throw error;
    return await work();
  }
}

/** Removes what processes that are gone have left half-made. For the owner of the directory. */
export async function clearReserve(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(`${reserveName}.`)) await rm(join(directory, name), { force: true });
  }
}

/** 0 when there is no room. */
async function affordable(directory: string): Promise<number> {
  const { blocks, bavail, bsize } = await statfs(directory);
  const part = Math.floor((blocks * bsize * maxPart) / mib) * mib;
  const wanted = Math.min(maxReserveBytes, Math.max(part, mib));
  return bavail * bsize >= wanted + marginBytes ? wanted : 0;
}

async function makeFile(path: string, sizeBytes: number, block: Buffer): Promise<void> {
  const making = `${path}.${process.pid}`;
  try {
    await writeFile(making, Array<Buffer>(sizeBytes / block.length).fill(block));
    await rename(making, path);
  } catch (error) {
    await rm(making, { force: true });
    throw error;
  }
}

async function writeFile(path: string, chunks: readonly Buffer[]): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
