import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileKind } from "../blob-ref.ts";
import { lockDataDirectory } from "../data-directory.ts";
import { onDisk } from "../disk-error.ts";
import { numbersIn } from "../numbers-in.ts";
import { type Index, openIndex } from "../open-index.ts";
import { createBodyChecker } from "./body-checker.ts";
import { checkCounters, readBuckets } from "./check-buckets.ts";
import { checkGarbage, readGarbage } from "./check-garbage.ts";
import { checkMessages } from "./check-messages.ts";
import { checkReferences } from "./check-references.ts";
import { checkSegments } from "./check-segments.ts";
import { checkUploads } from "./check-uploads.ts";
import { checkVersions } from "./check-versions.ts";
import { createFindings, type Finding } from "./findings.ts";
import type { Counts, Inspection } from "./inspection.ts";
import { createReferences } from "./references.ts";
import { createTableReader } from "./table-reader.ts";

export type CheckProgress = Readonly<Pick<Counts, "keys" | "versions" | "parts" | "verifiedBytes">>;

export type CheckOptions = {
  /** Called about every hundred rows. */
  readonly onProgress?: (progress: CheckProgress) => void;
  /** False: only whether bytes are there and as many as they should be. @default true */
  readonly verifyBytes?: boolean;
  /** How many findings the report lists; all are counted. @default 1000 */
  readonly maxFindings?: number;
};

/** Plain data: it can be written as JSON. */
export type CheckReport = Readonly<Counts> & {
  /** The first ones. */
  readonly findings: readonly Finding[];
  /** 0: everything is as it should be. */
  readonly findingCount: number;
};

/**
 * Looks at everything in a data directory that no process uses: every row of the index, every reference and counter, every
 * stored byte. Takes the lock, and with it does what every start does, the recovery of the index; changes nothing else.
 *
 * Memory does not grow with the number of keys and of small objects. It does, by about 50 bytes, for each file and multipart
 * object, by 150 for each unfinished upload, and with the number of buckets.
 *
 * Throws `DataDirectoryInUse`, `UnsupportedFormat`, and `DataDirectoryUnusable` when it is no data directory or damaged so
 * that its index cannot be recovered.
 *
 * @example
 * const { findings } = await checkDataDirectory("/var/lib/stave");
 */
export async function checkDataDirectory(directory: string, options: CheckOptions = {}): Promise<CheckReport> {
  const { verifyBytes = true, maxFindings = 1000, onProgress = () => {} } = options;
  const lock = await lockDataDirectory(directory, { mustExist: true });
  try {
    return await onDisk(() => inspect(directory, { verifyBytes, maxFindings, onProgress }));
  } finally {
    await lock.release();
  }
}

async function inspect(directory: string, options: Required<CheckOptions>): Promise<CheckReport> {
  const index = openIndex(directory);
  const inspection = createInspection(directory, index, options);
  try {
    await readBuckets(inspection);
    await readGarbage(inspection);
    await checkVersions(inspection);
    await checkUploads(inspection);
    checkCounters(inspection);
    await checkMessages(inspection);
    checkGarbage(inspection);
    await checkReferences(inspection);
    await checkSegments(inspection);
    await countFiles(inspection);
  } finally {
    inspection.bodies.close();
    await index.root.close();
  }
  const { counts, findings } = inspection;
  return { ...counts, findings: findings.list(), findingCount: findings.count() };
}

/** Rows between two reports of progress. */
const progressRows = 100;

function createInspection(
  directory: string,
  index: Index,
  { verifyBytes, maxFindings, onProgress }: Required<CheckOptions>,
): Inspection {
  const findings = createFindings(maxFindings);
  const counts: Counts = {
    buckets: 0,
    keys: 0,
    versions: 0,
    uploads: 0,
    parts: 0,
    files: 0,
    segments: 0,
    verifiedBytes: 0,
    reclaimableFiles: 0,
    reclaimableBytes: 0,
  };
  let rows = 0;
  return {
    directory,
    index,
    tables: createTableReader(index, findings),
    findings,
    counts,
    bodies: createBodyChecker({
      directory,
      findings,
      isReadingBytes: verifyBytes,
      onVerified(sizeBytes) {
        counts.verifiedBytes += sizeBytes;
      },
    }),
    buckets: new Map(),
    references: createReferences(),
    garbage: createReferences(),
    goneBuckets: new Set(),
    goneUploads: new Set(),
    liveBytes: new Map(),
    isReadingBytes: verifyBytes,
    onProgress() {
      rows += 1;
      if (rows % progressRows === 0) {
        const { keys, versions, parts, verifiedBytes } = counts;
        onProgress({ keys, versions, parts, verifiedBytes });
      }
    },
  };
}

/** Nobody is left who could still make a file part of the index: what has no reference now will never have one. */
async function countFiles({ directory, counts, references }: Inspection): Promise<void> {
  const blobs = join(directory, "blobs");
  for (const epoch of await numbersIn(blobs)) {
    for (const part of await numbersIn(join(blobs, String(epoch)))) {
      for (const serial of await numbersIn(join(blobs, String(epoch), String(part)))) {
        counts.files += 1;
        if (references.count([fileKind, epoch, serial]) > 0) continue;
        counts.reclaimableFiles += 1;
        counts.reclaimableBytes += (await stat(join(blobs, String(epoch), String(part), String(serial)))).size;
      }
    }
  }
}
