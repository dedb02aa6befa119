import { StoreError } from "../../store-error.ts";
import { isSameBlob } from "../blob-ref.ts";
import type { Engine } from "../engine.ts";
import { ownerOfNoncurrent, partNumberOf, partRange, readUploadKey } from "../index-keys.ts";
import type { Index, Rows } from "../open-index.ts";
import { decodePart, decodeVersion, type PartRow, type StoredObject, type VersionRow } from "../records.ts";
import { storedBytes } from "../sealed-body.ts";
import { type DamagedBody, nameOfBucket } from "./damaged-body.ts";
import { findRow } from "./move-records.ts";
import { createPacer, type Pacer } from "./pacer.ts";
import { type LiveRecord, readOwner } from "./survey-segment.ts";
import { type BodyVerifier, createBodyVerifier, type Flaw } from "./verify-body.ts";

export type ScrubOptions = {
  /** Of what is read; a small body counts as 4 KiB. @default as fast as it goes */
  readonly bytesPerSecond?: number;
  /** Stops early; the report says what was done until then. */
  readonly signal?: AbortSignal;
  /** Called for each body, or part of one, as it is found. Must not throw. */
  readonly onDamage?: (damaged: DamagedBody) => void;
  /** Called with the bytes that were verified since the last call. Must not throw. */
  readonly onProgress?: (bytes: number) => void;
};

export type ScrubReport = {
  /** False when it was stopped by its signal, or by closing the store. */
  readonly isComplete: boolean;
  /** Versions and parts whose bytes were read. What several versions share is read once. */
  readonly bodies: number;
  readonly bytes: number;
  readonly damaged: number;
};

type Parts = Pick<Engine, "index" | "files"> & { readonly directory: string };

/**
 * Reads the bytes of every version and of every part of an unfinished upload, and compares them with their checksums. Changes
 * nothing. What is written meanwhile may be in it or not; what is deleted or moved meanwhile is not taken for damaged.
 */
export async function scrub(parts: Parts, options: ScrubOptions, closing: AbortSignal): Promise<ScrubReport> {
  const { bytesPerSecond, onDamage = () => {}, onProgress = () => {} } = options;
  const signal = options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]);
  const pacer = createPacer({ bytesPerSecond, signal });
  let damaged = 0;
  const tell = (found: DamagedBody): void => {
    damaged += 1;
    onDamage(found);
  };
  await using verifier = createBodyVerifier(parts, { pacer, onProgress });
  let isComplete = true;
  try {
    const run: Run = { index: parts.index, pacer, verifier, tell };
    await scrubVersions(run, "current");
    await scrubVersions(run, "noncurrent");
    await scrubUploads(run);
  } catch (error) {
    if (!signal.aborted || error instanceof StoreError) throw error;
    isComplete = false;
  }
  return { isComplete, ...verifier.totals(), damaged };
}

type Run = {
  readonly index: Index;
  readonly pacer: Pacer;
  readonly verifier: BodyVerifier;
  readonly tell: (damaged: DamagedBody) => void;
};

const rowsAtOnce = 256;
/** About. */
const rowBytes = 256;

type Stored = Pick<LiveRecord, "owner" | "sequence" | "versionId"> & { readonly object: StoredObject };

/** A version that changes its table between the two walks may be left out, or read twice. */
async function scrubVersions(run: Run, table: "current" | "noncurrent"): Promise<void> {
  for await (const rows of walk(run, run.index[table])) {
    const versions = rows.flatMap(({ key, value }) => readVersion(table, key, value));
    for (const version of versions.sort(byPlace)) await scrubVersion(run, version);
  }
}

async function scrubVersion(run: Run, { owner, sequence, versionId, object }: Stored): Promise<void> {
  const { index, verifier } = run;
  for (let { blob } = object; ; ) {
    const flaws = await verifier.verify(blob, storedBytes(object));
    if (flaws.length === 0) return;
    const now = index.read(() => findRow(index, { owner, sequence })?.stored.object);
    if (now === undefined) return; // deleted meanwhile
    if (isSameBlob(now.blob, blob)) {
      report(run, { ...readOwner(owner), versionId }, flaws);
      return;
    }
    blob = now.blob; // compaction has moved it
  }
}

async function scrubUploads(run: Run): Promise<void> {
  for await (const uploads of walk(run, run.index.uploads)) {
    for (const { key: uploadRowKey } of uploads) {
      const { key, idBytes } = readUploadKey(uploadRowKey);
      const upload = { bucketId: uploadRowKey.readUInt32BE(0), key, uploadId: idBytes.toString("base64url") };
      for await (const parts of walk(run, run.index.parts, partRange(idBytes))) {
        for (const part of parts) await scrubPart(run, upload, part);
      }
    }
  }
}

async function scrubPart(
  run: Run,
  upload: { readonly bucketId: number; readonly key: string; readonly uploadId: string },
  { key, value }: { readonly key: Buffer; readonly value: PartRow },
): Promise<void> {
  const { index, verifier } = run;
  const partNumber = partNumberOf(key);
  const part = decodePart(partNumber, value);
  const { blob } = part;
  const flaws = await verifier.verify(blob, storedBytes(part));
  if (flaws.length === 0) return;
  const row = index.read(() => index.parts.get(key));
  // Replaced, or the upload has ended meanwhile: in a version it is seen in the next pass.
  if (row === undefined || !isSameBlob(decodePart(partNumber, row).blob, blob)) return;
  report(
    run,
    upload,
    flaws.map((flaw) => ({ ...flaw, partNumber })),
  );
}

type Whose = {
  readonly bucketId: number;
  readonly key: string;
  readonly versionId?: string;
  readonly uploadId?: string;
};

function report({ index, tell }: Run, { bucketId, ...whose }: Whose, flaws: readonly Flaw[]): void {
  const bucket = index.read(() => nameOfBucket(index, bucketId));
  if (bucket === undefined) return;
  for (const flaw of flaws) tell({ bucket, ...whose, ...flaw });
}

type Row<V> = { readonly key: Buffer; readonly value: V };

/** A slice of rows at a time, each from a snapshot of its own: a pass may take days. */
async function* walk<V>(
  { index, pacer }: Run,
  rows: Rows<V>,
  range: { readonly start?: Buffer; readonly end?: Buffer } = {},
): AsyncGenerator<readonly Row<V>[]> {
  for (let start = range.start; ; ) {
    const from = { ...range, ...(start && { start }), limit: rowsAtOnce };
    const slice = index.read(() => [...rows.getRange(from)]);
    await pacer.spend(slice.length * rowBytes);
    const last = slice.at(-1);
    if (last === undefined) return;
    yield slice;
    start = Buffer.concat([last.key, Buffer.of(0)]);
  }
}

function readVersion(table: "current" | "noncurrent", key: Buffer, row: VersionRow): readonly Stored[] {
  const { sequence, versionId, object } = decodeVersion(row);
  if (object === undefined || object.blob === null) return [];
  const owner = (table === "current" ? key : ownerOfNoncurrent(key)).toString("latin1");
  return [{ owner, sequence, versionId, object }];
}

/** In the order in which they lie on the disk, as far as that is known. */
function byPlace({ object: a }: Stored, { object: b }: Stored): number {
  const [placeA, placeB] = [a.blob ?? [], b.blob ?? []];
  for (let at = 0; at < 4; at += 1) {
    const difference = (placeA[at] ?? 0) - (placeB[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
