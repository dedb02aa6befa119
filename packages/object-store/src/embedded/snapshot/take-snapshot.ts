import { mkdir, readdir, rm } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { StoreError } from "../../store-error.ts";
import { startCheckpoints } from "../checkpoint/checkpoints.ts";
import { makeDurableDirectory, makeLayout, writeFormat } from "../data-directory.ts";
import type { Engine } from "../engine.ts";
import { takeEpoch } from "../epochs.ts";
import { numbersIn } from "../numbers-in.ts";
import { type Index, openIndex, readNumber, writeNumber } from "../open-index.ts";
import { type CopiedBodies, copyBodies } from "./copy-bodies.ts";
import { holding, holdKeys } from "./hold.ts";

export type SnapshotReport = {
  /** The last commit that the snapshot includes. */
  readonly sequence: number;
  /** Bodies with a file of their own, and segments. */
  readonly files: number;
  readonly segments: number;
  readonly sizeBytes: number;
  /** How many of the files and segments share their blocks with the original, by a hard link. */
  readonly linked: number;
  /** Bytes that were gone from the original already: look at it with `checkDataDirectory`. */
  readonly missing: number;
};

type Source = Pick<Engine, "index" | "commit" | "free" | "epoch" | "garbage"> & { readonly directory: string };

/**
 * Makes `target` a data directory with exactly the commits up to one moment. Writers go on meanwhile; files that they
 * delete go when it is done. What the target shares with the original by hard links is never written to again.
 */
export async function takeSnapshot(source: Source, target: string): Promise<SnapshotReport> {
  await claimTarget(source.directory, target);
  try {
    await makeLayout(target);
    const { sequence, copied } = await holding(source, () => copyStore(source, target));
    await startOver(target);
    // Last: without it the target is refused.
    await writeFormat(target);
    return { sequence, ...copied };
  } catch (error) {
    await clear(target);
    throw error;
  }
}

async function claimTarget(directory: string, target: string): Promise<void> {
  const path = relative(resolve(directory), resolve(target));
  if (path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path)) {
    throw unusable(target, "it lies in the data directory itself");
  }
  await makeDurableDirectory(target);
  if ((await readdir(target)).length > 0) throw unusable(target, "it is not empty; choose a new directory");
}

async function copyStore(
  { directory, index }: Source,
  target: string,
): Promise<{ readonly sequence: number; readonly copied: CopiedBodies }> {
  // In a thread of lmdb, from a snapshot of its own; whole pages, so that the event loop is free.
  await index.root.backup(join(target, "index"), true);
  // Files are named by epochs, too: the target's own must come after all of them.
  const newest = Math.max(...(await numbersIn(join(directory, "segments"))));
  await mkdir(join(target, "segments", String(newest)), { mode: 0o700 });
  return await withIndex(target, async (copy) => ({
    sequence: copy.read(() => readNumber(copy, "sequence", 0)),
    copied: await copyBodies({ index: copy, directory }, target),
  }));
}

/**
 * Raises the fence above all that was copied, as a recovery does: commits that a segment has beyond the moment of the
 * snapshot are not to be read.
 */
async function startOver(target: string): Promise<void> {
  await withIndex(target, async (copy) => {
    const epoch = await takeEpoch(target);
    await copy.root.childTransaction(() => {
      const tables = copy.recording([]);
      writeNumber(tables, "fence", epoch);
      for (const key of holdKeys(tables)) tables.meta.remove(key);
      // All of it has been flushed, and a segment without live bytes has not even been copied.
      for (const key of [...tables.unflushed.getKeys({})]) tables.unflushed.remove(key);
    });
    const checkpoints = await startCheckpoints({
      directory: target,
      epoch,
      index: copy,
      onBroken: () => {}, // whoever takes the checkpoint has the error
      onPoint: () => {},
    });
    await checkpoints.close();
  });
}

async function withIndex<T>(directory: string, use: (index: Index) => Promise<T>): Promise<T> {
  const index = openIndex(directory);
  try {
    return await use(index);
  } finally {
    await index.root.close();
  }
}

/** It was empty before. */
async function clear(target: string): Promise<void> {
  for (const name of await readdir(target)) await rm(join(target, name), { recursive: true, force: true });
}

function unusable(target: string, reason: string): StoreError {
  return new StoreError("DataDirectoryUnusable", `The snapshot cannot be written to ${target}: ${reason}`);
}
