import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Commit, decodeCommit, sequenceOf } from "../log/commit-record.ts";
import { isBody, readSegment } from "../log/read-segment.ts";
import { salvageSegment } from "../log/salvage-segment.ts";
import { segmentPath } from "../log/segment-path.ts";
import { numbersIn } from "../numbers-in.ts";

/**
 * The commits from `first` on, in the segments of all processes. Of one sequence the last attempt counts. The checkpoint has
 * all of the epochs below its fence.
 */
export async function readCommits(
  directory: string,
  { fence, first }: { readonly fence: number; readonly first: number },
): Promise<Map<number, Commit>> {
  const commits = new Map<number, Commit>();
  for (const epoch of await numbersIn(join(directory, "segments"))) {
    if (epoch < fence) continue;
    const segments = (await numbersIn(join(directory, "segments", String(epoch)))).sort((a, b) => b - a);
    const paths = segments.map((segment) => segmentPath(directory, { epoch, segment }));
    const salt = await findSalt(paths);
    for (const path of paths) {
      const { found, beginsBefore } = await readCommitsOf(path, { first, salt });
      for (const commit of found) {
        const other = commits.get(commit.sequence);
        if (other === undefined || other.atNs < commit.atNs) commits.set(commit.sequence, commit);
      }
      if (beginsBefore) break; // the segments before it are older still
    }
  }
  return commits;
}

/** Of an epoch: from the first record of any of its segments. */
async function findSalt(paths: readonly string[]): Promise<number | undefined> {
  for (const path of paths) {
    const file = await open(path, "r");
    try {
      for await (const { salt } of readSegment(file)) return salt;
    } finally {
      await file.close();
    }
  }
  return undefined;
}

type Found = {
  readonly found: readonly Commit[];
  /** True when the segment has a commit before `first`. */
  readonly beginsBefore: boolean;
};

/**
 * What a power cut leaves of the last batch was never acknowledged, and is no commit. The same bytes before a commit that was
 * flushed, and that something was written behind, are another matter: they were on the disk once. What is missing there will be
 * missed; a commit whose body alone is damaged has happened.
 */
async function readCommitsOf(
  path: string,
  { first, salt }: { readonly first: number; readonly salt: number | undefined },
): Promise<Found> {
  const found: Commit[] = [];
  let beginsBefore = false;
  let isTorn = false;
  let isBehindHole = false;
  let isProven = false;
  let isWhole = true;
  let doubtful: Commit[] = [];
  const file = await open(path, "r");
  try {
    for await (const record of salvageSegment(file)) {
      if ("holeAt" in record) {
        isBehindHole = true;
        continue;
      }
      if ((isTorn || isBehindHole) && record.salt !== salt) continue;
      if (isProven) {
        found.push(...doubtful);
        doubtful = [];
        isTorn = false;
        isProven = false;
      }
      isTorn ||= isBehindHole;
      isBehindHole = false;
      if (isBody(record)) {
        isWhole &&= record.isIntact;
        continue;
      }
      if (!record.isIntact || !isWhole) isTorn = true;
      isWhole = true;
      if (!record.isIntact) continue;
      if (sequenceOf(record.payload) < first) {
        beginsBefore = true;
        continue;
      }
      const commit = decodeCommit(record.payload);
      (isTorn ? doubtful : found).push(commit);
      isProven = isTorn && commit.isFlushed;
    }
  } finally {
    await file.close();
  }
  return { found, beginsBefore };
}
