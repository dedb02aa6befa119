import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { blobPath } from "../blob-files.ts";
import { blobKey, fileKind, isFileRef, readBlobKey } from "../blob-ref.ts";
import { syncDirectory } from "../directory-sync.ts";
import { readGarbageKey } from "../garbage-keys.ts";
import { partRange } from "../index-keys.ts";
import { readSegmentKey, segmentPath } from "../log/segment-path.ts";
import { type Index, type Rows, readNumber } from "../open-index.ts";
import { decodeManifest, decodePart, decodeSegment, type StoredPart } from "../records.ts";
import { createFileCopier, type FileCopier } from "./file-copier.ts";

export type CopiedBodies = {
  readonly files: number;
  readonly segments: number;
  readonly sizeBytes: number;
  readonly linked: number;
  readonly missing: number;
};

type Source = {
  /** The copy: it says what is needed. */
  readonly index: Index;
  /** Of the original. */
  readonly directory: string;
};

/** Brings all bytes that the index refers to into `target`. All of it is on the disk when it resolves. */
export async function copyBodies(source: Source, target: string): Promise<CopiedBodies> {
  const directories = createDirectories(target);
  const copier = createFileCopier();
  const segments = await copySegments(source, { target, directories, copier });
  const files = await copyFiles(source, { target, directories, copier });
  await directories.sync();
  return {
    files: files.copied,
    segments: segments.copied,
    sizeBytes: copier.sizeBytes(),
    linked: copier.linked(),
    missing: files.missing + segments.missing,
  };
}

type Destination = { readonly target: string; readonly directories: Directories; readonly copier: FileCopier };
type Counted = { readonly copied: number; readonly missing: number };

async function copySegments(
  { index, directory }: Source,
  { target, directories, copier }: Destination,
): Promise<Counted> {
  const fence = index.read(() => readNumber(index, "fence", 0));
  const dead: Buffer[] = [];
  let copied = 0;
  let missing = 0;
  for (const rows of slices(index, index.segments)) {
    for (const { key, value } of rows) {
      const { liveBytes, completedAt } = decodeSegment(value);
      const name = readSegmentKey(key);
      if (liveBytes === 0) {
        dead.push(key);
        continue;
      }
      await directories.make(dirname(segmentPath(target, name)));
      const isComplete = completedAt > 0 || name.epoch < fence;
      const isThere = await copier.copy(segmentPath(directory, name), segmentPath(target, name), { isComplete });
      copied += Number(isThere);
      missing += Number(!isThere);
    }
  }
  await index.root.childTransaction(() => {
    const tables = index.recording([]);
    for (const key of dead) tables.segments.remove(key);
  });
  return { copied, missing };
}

/** Files at a time. */
const chunk = 32;

async function copyFiles({ index, directory }: Source, { target, directories, copier }: Destination): Promise<Counted> {
  let copied = 0;
  const missing: Buffer[] = [];
  for (const rows of slices(index, index.blobs)) {
    for (let at = 0; at < rows.length; at += chunk) {
      const copying = rows.slice(at, at + chunk).map(async ({ key }) => {
        const blob = readBlobKey(key);
        if (!isFileRef(blob)) return;
        await directories.make(dirname(blobPath(target, blob)));
        const isThere = await copier.copy(blobPath(directory, blob), blobPath(target, blob), { isComplete: true });
        if (isThere) copied += 1;
        else missing.push(key);
      });
      await Promise.all(copying);
    }
  }
  return { copied, missing: missing.length === 0 ? 0 : countWanted(index, missing) };
}

/** Files of garbage may have gone before the hold: those of an upload go first, and their rows after. */
function countWanted(index: Index, missing: readonly Buffer[]): number {
  const wanted = new Set(missing.map((key) => key.toString("hex")));
  const drop = (parts: readonly Pick<StoredPart, "blob">[]): void => {
    for (const { blob } of parts) {
      if (blob !== null && blob[0] === fileKind) wanted.delete(blobKey(blob).toString("hex"));
    }
  };
  for (const rows of slices(index, index.garbage)) {
    for (const { key, value } of rows) {
      const subject = readGarbageKey(key);
      if (subject.kind === "manifest" && value !== 1) drop(decodeManifest(value));
      if (subject.kind !== "upload") continue;
      drop(
        index.read(() =>
          [...index.parts.getRange(partRange(subject.idBytes))].map(({ value: part }) => decodePart(0, part)),
        ),
      );
    }
  }
  return wanted.size;
}

type Directories = {
  make(path: string): Promise<void>;
  /** Puts the entries of all of them on the disk. */
  sync(): Promise<void>;
};

function createDirectories(root: string): Directories {
  const made = new Map<string, Promise<unknown>>();
  return {
    async make(path) {
      const making = made.get(path) ?? mkdir(path, { recursive: true, mode: 0o700 });
      made.set(path, making);
      await making;
    },
    async sync() {
      const paths = new Set<string>();
      for (const path of made.keys()) {
        for (let above = path; above !== dirname(root) && above.length > root.length; above = dirname(above)) {
          paths.add(above);
        }
      }
      for (const path of paths) await syncDirectory(path);
      for (const name of ["index", "."]) await syncDirectory(join(root, name));
    },
  };
}

const sliceRows = 1024;

/** The rows of a table that nobody else writes to, a slice at a time. */
function* slices<V>({ read }: Index, rows: Rows<V>): Generator<readonly { key: Buffer; value: V }[]> {
  for (let start: Buffer | undefined; ; ) {
    const range = { ...(start && { start }), limit: sliceRows };
    const slice = read(() => [...rows.getRange(range)]);
    if (slice.length > 0) yield slice;
    const last = slice.at(-1);
    if (last === undefined || slice.length < sliceRows) return;
    start = Buffer.concat([last.key, Buffer.of(0)]);
  }
}
