import type { FileHandle } from "node:fs/promises";
import { isSegmentRef, type SegmentRef } from "../blob-ref.ts";
import { keyOfCurrent, noncurrentRange } from "../index-keys.ts";
import { isBody, readSegment } from "../log/read-segment.ts";
import type { SegmentName } from "../log/segment-path.ts";
import { headerBytes } from "../log/segment-record.ts";
import type { Index, Tables } from "../open-index.ts";
import { decodeVersion, type StoredObject, type StoredVersion, type VersionRow } from "../records.ts";
import type { Pacer } from "./pacer.ts";

/** A body of a segment, and the version it belongs to. */
export type LiveRecord = {
  /** Bucket id ‖ key, a character for each byte: a tenth of what a Buffer costs. */
  readonly owner: string;
  readonly sequence: number;
  readonly versionId: string;
  readonly body: SegmentRef;
};

export type Survey = {
  /** In the order of the segment. */
  readonly live: readonly LiveRecord[];
  readonly liveBytes: number;
  /** What they take in another segment, with what its log says of them: many times their bytes when these are few. */
  readonly movedBytes: number;
};

/** Looked up in one go: a fraction of a millisecond. */
const ownersAtOnce = 64;
const rowsAtOnce = 1024;
/** To look up a record costs as much as reading so many bytes. */
export const lookUpBytes = 4096;

/**
 * Finds what is in use of a segment that is complete: reads it through, and looks at each key that it names. What is not found
 * is dead, and stays so, because nothing ever refers to a complete segment anew.
 */
export async function surveySegment(
  index: Index,
  { file, name }: { readonly file: FileHandle; readonly name: SegmentName },
  pacer: Pacer,
): Promise<Survey> {
  const seen = new Set<string>();
  const found = new Map<number, LiveRecord>();
  let movedBytes = 0;
  let waiting: string[] = [];
  let readBytes = 0;

  const add = (owner: string, stored: StoredVersion): void => {
    const record = recordIn(name, owner, stored);
    if (record === undefined || found.has(record.body[3])) return;
    found.set(record.body[3], record);
    movedBytes += movedSize(owner, stored);
  };

  const lookUp = async (): Promise<void> => {
    const owners = waiting;
    waiting = [];
    const long = index.read(() => owners.filter((owner) => !addVersionsOf(index, owner, add)));
    await pacer.spend(readBytes + owners.length * lookUpBytes);
    readBytes = 0;
    for (const owner of long) await addAllVersionsOf(index, owner, { add, pacer });
  };

  for await (const record of readSegment(file)) {
    readBytes += record.payload.length;
    if (isBody(record)) {
      const owner = record.owner.toString("latin1");
      if (!seen.has(owner)) waiting.push(owner);
      seen.add(owner);
    }
    if (waiting.length >= ownersAtOnce || readBytes >= ownersAtOnce * lookUpBytes) await lookUp();
  }
  await lookUp();
  const live = [...found.values()].sort((a, b) => a.body[3] - b.body[3]);
  return { live, liveBytes: live.reduce((sum, { body }) => sum + body[4], 0), movedBytes };
}

/** Whether any of the records is still in use where it was. */
export async function isAnyLive(
  index: Index,
  { records, name }: { readonly records: readonly LiveRecord[]; readonly name: SegmentName },
  pacer: Pacer,
): Promise<boolean> {
  let isLive = false;
  const add = (owner: string, stored: StoredVersion): void => {
    if (recordIn(name, owner, stored) !== undefined) isLive = true;
  };
  const owners = [...new Set(records.map(({ owner }) => owner))];
  for (let at = 0; at < owners.length && !isLive; at += ownersAtOnce) {
    const some = owners.slice(at, at + ownersAtOnce);
    const long = index.read(() => some.filter((owner) => !addVersionsOf(index, owner, add)));
    await pacer.spend(some.length * lookUpBytes);
    for (const owner of long) await addAllVersionsOf(index, owner, { add, pacer });
  }
  return isLive;
}

export function ownerKey(owner: string): Buffer {
  return Buffer.from(owner, "latin1");
}

/** The bucket and the key that an owner stands for. */
export function readOwner(owner: string): { readonly bucketId: number; readonly key: string } {
  const bytes = ownerKey(owner);
  return { bucketId: bytes.readUInt32BE(0), key: keyOfCurrent(bytes) };
}

type Add = (owner: string, stored: StoredVersion) => void;

/** In one snapshot. False when the key has more versions than one look is for. */
function addVersionsOf(index: Tables, owner: string, add: Add): boolean {
  const current = addCurrent(index, owner, add);
  if (current === undefined || current.olderCount === 0) return true;
  if (current.olderCount > rowsAtOnce) return false;
  for (const { value } of index.noncurrent.getRange(rangeOf(owner))) add(owner, decodeVersion(value));
  return true;
}

async function addAllVersionsOf(
  index: Index,
  owner: string,
  { add, pacer }: { readonly add: Add; readonly pacer: Pacer },
): Promise<void> {
  const { end } = rangeOf(owner);
  for (let { start } = rangeOf(owner); ; ) {
    const from = start;
    const last = index.read(() => addSome(index.noncurrent.getRange({ start: from, end, limit: rowsAtOnce })));
    if (last === undefined) break;
    start = Buffer.concat([last, Buffer.of(0)]);
    await pacer.spend(rowsAtOnce * 64);
  }
  // The newest of them may have become the current one while the others were looked at.
  index.read(() => addCurrent(index, owner, add));

  function addSome(rows: Iterable<{ readonly key: Buffer; readonly value: VersionRow }>): Buffer | undefined {
    let last: Buffer | undefined;
    for (const { key, value } of rows) {
      add(owner, decodeVersion(value));
      last = key;
    }
    return last;
  }
}

function addCurrent(index: Tables, owner: string, add: Add): StoredVersion | undefined {
  const row = index.current.get(ownerKey(owner));
  const stored = row && decodeVersion(row);
  if (stored !== undefined) add(owner, stored);
  return stored;
}

function rangeOf(owner: string): { readonly start: Buffer; readonly end: Buffer } {
  const { bucketId, key } = readOwner(owner);
  return noncurrentRange(bucketId, key);
}

function recordIn({ epoch, segment }: SegmentName, owner: string, stored: StoredVersion): LiveRecord | undefined {
  const body = stored.object?.blob ?? null;
  if (body === null || !isSegmentRef(body) || body[1] !== epoch || body[2] !== segment) return undefined;
  return { owner, sequence: stored.sequence, versionId: stored.versionId, body };
}

/** Of the numbers in a row, and what the log adds to a change. */
const rowBytes = 80;

/** About: the record of the body, and the row in the commit record. Too much of it only leaves a segment alone for longer. */
function movedSize(owner: string, { versionId, ownerId, object }: StoredVersion): number {
  const texts = object === undefined ? [] : textsOf(object);
  const textBytes = texts.reduce((sum, text) => sum + text.length + 1, versionId.length + ownerId.length);
  return headerBytes + 2 * owner.length + (object?.sizeBytes ?? 0) + rowBytes + textBytes;
}

function textsOf({ etag, headers, user, checksum, encryption, seal }: StoredObject): readonly string[] {
  return [etag, ...headers, ...user, ...(checksum ?? []), encryption ?? "", seal ?? ""];
}
