import type { BlobFiles } from "./blob-files.ts";
import { blobKey, type FileRef, isFileRef, readBlobKey } from "./blob-ref.ts";
import type { Committer, Step } from "./committer.ts";
import type { OnDurabilityPoint } from "./durability-point.ts";
import {
  bucketGarbageKey,
  fileGarbageKey,
  manifestGarbageKey,
  readGarbageKey,
  uploadGarbageKey,
} from "./garbage-keys.ts";
import { partRange, prefixRange, readUploadKey } from "./index-keys.ts";
import type { Index } from "./open-index.ts";
import type { Pins } from "./pins.ts";
import { decodeManifest, decodePart, encodeManifest, type ManifestRow, type StoredPart } from "./records.ts";
import { isHeld } from "./snapshot/hold.ts";
import { flushEarlier, hasUnflushed } from "./unflushed.ts";

/**
 * Removes what a commit left behind: files and rows of multipart objects, uploads and buckets that are gone. Works in small
 * transactions after the answer, so that to abort an upload of 10,000 parts costs its caller one row. Every step may be
 * repeated, by any process and after a crash: the garbage row goes last.
 */
export interface GarbageCollector {
  /** Starts a run, or another one after the one that is on. Failures are left to the next run. */
  kick(): void;
  /** Resolves when no run is on. */
  idle(): Promise<void>;
  /** One whole run. */
  collect(): Promise<void>;
  close(): Promise<void>;
}

/** Rows per transaction, files removed at a time. */
const chunk = 256;
/** About 10 ms of a transaction. */
const partsAtOnce = 1024;

/** How soon to look again for objects that were being read, or for the end of a snapshot. */
const retryMs = 5_000;

export function createGarbageCollector({
  index,
  committer,
  files,
  pins,
  onPoint,
}: {
  readonly index: Index;
  readonly committer: Committer;
  readonly files: BlobFiles;
  readonly pins: Pins;
  readonly onPoint: OnDurabilityPoint;
}): GarbageCollector {
  let running: Promise<void> | undefined;
  let isKicked = false;
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;

  const collect = async (): Promise<void> => {
    let after: Buffer | undefined;
    let isKept = false;
    for (;;) {
      const start = after;
      const next = index.read(() => {
        const [row] = readRows(index.garbage, start === undefined ? {} : { start }, 1);
        return row && { ...row, isKept: isHeld(index) };
      });
      if (next === undefined) break;
      if (next.isKept) {
        isKept = true;
        break;
      }
      // A power cut may take back what has put the row there; then the files are needed again.
      if (index.read(() => hasUnflushed(index))) await committer.free(flushEarlier);
      const { key, value } = next;
      after = Buffer.concat([key, Buffer.of(0)]);
      const subject = readGarbageKey(key);
      if (subject.kind === "manifest" && (await pins.pinned()).has(subject.blobKey)) isKept = true;
      else if (subject.kind === "manifest" && value !== 1) await collectManifest(subject.blobKey, value);
      else if (subject.kind === "upload") await collectUpload(subject.idBytes);
      else if (subject.kind === "bucket") await collectBucket(subject.bucketId);
      else if (subject.kind === "file") await collectFile(subject.blobKey);
    }
    if (isKept && !isClosed) {
      retry ??= setTimeout(() => {
        retry = undefined;
        kick();
      }, retryMs).unref();
    }
  };

  const collectManifest = async (manifestKey: Buffer, manifest: ManifestRow): Promise<void> => {
    const rowKey = manifestGarbageKey(manifestKey);
    let listed: readonly StoredPart[] | undefined = decodeManifest(manifest);
    for (let from = 0; listed !== undefined; ) {
      const before: readonly StoredPart[] = listed;
      listed = await committer.free(releaseParts(rowKey, before, from));
      from = listed === before ? from + partsAtOnce : 0;
      onPoint("garbage:files-removed");
    }
  };

  const collectUpload = async (idBytes: Buffer): Promise<void> => {
    for (;;) {
      const rows = index.read(() => readRows(index.parts, partRange(idBytes), chunk));
      if (rows.length === 0) break;
      const blobs = filesOf(rows.map(({ value }) => decodePart(0, value)));
      await removeFiles(
        blobs,
        rows.map(({ key }) => key),
      );
    }
    await committer.free(({ index }) => index.garbage.remove(uploadGarbageKey(idBytes)));
  };

  const collectBucket = async (bucketId: number): Promise<void> => {
    const range = prefixRange(bucketId, "");
    for (;;) {
      const keys = index.read(() => readRows(index.uploads, range ?? {}, chunk).map(({ key }) => key));
      if (keys.length === 0) break;
      await committer.free(({ index }) => {
        for (const key of keys) {
          index.uploads.remove(key);
          index.garbage.put(uploadGarbageKey(readUploadKey(key).idBytes), 1);
        }
      });
    }
    // Rows of uploads sort after those of buckets: this run comes to them.
    await committer.free(({ index }) => index.garbage.remove(bucketGarbageKey(bucketId)));
  };

  const collectFile = async (fileKey: Buffer): Promise<void> => {
    const file = readBlobKey(fileKey);
    if (isFileRef(file)) await files.discard([file]);
    await committer.free(({ index }) => index.garbage.remove(fileGarbageKey(fileKey)));
  };

  const removeFiles = async (blobs: readonly FileRef[], partKeys: readonly Buffer[]): Promise<void> => {
    await files.discard(blobs);
    onPoint("garbage:files-removed");
    await committer.free(({ index }) => {
      for (const blob of blobs) index.blobs.remove(blobKey(blob));
      for (const key of partKeys) index.parts.remove(key);
    });
  };

  const run = async (): Promise<void> => {
    while (isKicked) {
      isKicked = false;
      try {
        await collect();
      } catch {
        isKicked = false; // the rows are still there: the next run, or the next sweep, tries again
      }
    }
    running = undefined; // in the same turn as the last look at `isKicked`, else a kick could be lost
  };

  const kick = (): void => {
    if (isClosed) return;
    isKicked = true;
    running ??= run();
  };

  const idle = async (): Promise<void> => {
    while (running !== undefined) await running;
  };

  return {
    kick,
    idle,
    collect,
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await idle();
    },
  };
}

/**
 * Gives up the files of some parts of a list; each goes with its last user. Returns what the row lists afterwards; undefined when
 * there is nothing left to do: by this process, because another one is at it or a snapshot needs the files.
 */
function releaseParts(
  rowKey: Buffer,
  listed: readonly StoredPart[],
  from: number,
): Step<readonly StoredPart[] | undefined> {
  return ({ index, aftermath }) => {
    const row = index.garbage.get(rowKey);
    if (row === undefined || row === 1 || decodeManifest(row).length !== listed.length || isHeld(index))
      return undefined;
    let isShared = false;
    for (const file of filesOf(listed.slice(from, from + partsAtOnce))) {
      const key = blobKey(file);
      const count = index.blobs.get(key) ?? 0;
      if (count > 1) {
        isShared = true;
        index.blobs.put(key, count - 1);
      } else if (count === 1) {
        index.blobs.remove(key);
        aftermath.files.push(file);
      } // else it has been done, by a run that was interrupted
    }
    const rest = listed.slice(from + partsAtOnce);
    if (rest.length === 0) index.garbage.remove(rowKey);
    if (rest.length === 0 || !isShared) return rest.length === 0 ? undefined : listed;
    // To repeat it would take a file from its other users: what is done may not be listed any more.
    index.garbage.put(rowKey, encodeManifest(rest));
    return rest;
  };
}

function filesOf(parts: readonly Pick<StoredPart, "blob">[]): FileRef[] {
  return parts.flatMap(({ blob }) => (blob !== null && isFileRef(blob) ? [blob] : []));
}

type Rows<V> = {
  getRange(range: { start?: Buffer; end?: Buffer; limit: number }): Iterable<{ key: Buffer; value: V }>;
};

function readRows<V>(
  database: Rows<V>,
  range: { readonly start?: Buffer; readonly end?: Buffer },
  limit: number,
): { key: Buffer; value: V }[] {
  return [...database.getRange({ ...range, limit })];
}
