import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { blobKey, fileKind } from "./blob-ref.ts";
import { isMissing } from "./disk-error.ts";
import type { OnDurabilityPoint } from "./durability-point.ts";
import type { Engine } from "./engine.ts";
import { sweepSegments } from "./maintenance/sweep-segments.ts";
import { numbersIn } from "./numbers-in.ts";
import { type Index, readNumber } from "./open-index.ts";
import { isHeld } from "./snapshot/hold.ts";

export type SweepOptions = {
  /** Only counts. @default false */
  readonly dryRun?: boolean;
};

export type SweepReport = {
  /** Files that no version, part or manifest refers to: left by processes that ended while they wrote. */
  readonly orphanFiles: number;
  readonly orphanBytes: number;
  /** Marks of readers that are gone. */
  readonly stalePins: number;
  /** Segments of earlier starts in which nothing is in use. */
  readonly deadSegments: number;
  readonly deadSegmentBytes: number;
};

/**
 * Removes what processes that are gone have left half-way. Looks only at epochs below the fence: their stores cannot commit
 * any more, so a file that is not in the index now never will be.
 */
export async function sweep(
  parts: Pick<Engine, "index" | "pins" | "garbage" | "free" | "checkpoints"> & {
    readonly directory: string;
    readonly onPoint: OnDurabilityPoint;
  },
  { dryRun = false }: SweepOptions,
): Promise<SweepReport> {
  const { directory, index, pins, garbage } = parts;
  const fence = index.read(() => readNumber(index, "fence", 0));
  const stalePins = await pins.removeStale({ dryRun });
  if (!dryRun) await garbage.collect();
  let orphanFiles = 0;
  let orphanBytes = 0;
  for await (const orphan of findOrphans(join(directory, "blobs"), { index, fence })) {
    orphanFiles += 1;
    orphanBytes += orphan.sizeBytes;
    if (!dryRun) await rm(orphan.path, { force: true });
  }
  if (!dryRun) await removeEmptyDirectories(join(directory, "blobs"), fence);
  const segments = await sweepSegments(parts, { dryRun });
  return { orphanFiles, orphanBytes, stalePins, ...segments };
}

type Orphan = { readonly path: string; readonly sizeBytes: number };

async function* findOrphans(
  blobs: string,
  { index, fence }: { readonly index: Index; readonly fence: number },
): AsyncGenerator<Orphan> {
  for (const epoch of await numbersIn(blobs)) {
    if (epoch >= fence) continue;
    for (const part of await numbersIn(join(blobs, String(epoch)))) {
      const directory = join(blobs, String(epoch), String(part));
      const serials = await numbersIn(directory);
      const orphans = index.read(() =>
        // Files of deleted objects, which a snapshot still needs, have no row either.
        isHeld(index) ? [] : serials.filter((serial) => !index.blobs.doesExist(blobKey([fileKind, epoch, serial]))),
      );
      for (const serial of orphans) {
        const path = join(directory, String(serial));
        const sizeBytes = await sizeOf(path);
        if (sizeBytes !== undefined) yield { path, sizeBytes };
      }
    }
  }
}

async function removeEmptyDirectories(blobs: string, fence: number): Promise<void> {
  for (const epoch of await numbersIn(blobs)) {
    if (epoch >= fence) continue;
    const path = join(blobs, String(epoch));
    for (const part of await numbersIn(path)) await removeIfEmpty(join(path, String(part)));
    await removeIfEmpty(path);
  }
}

/** Undefined when it went away by itself: a commit of another process may have replaced its object. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function removeIfEmpty(path: string): Promise<void> {
  if ((await readdir(path)).length === 0) await rmdir(path);
}
